package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketsTest {
    @Test
    void a_connection_is_accepted_and_its_peer_known(@TempDir Path directory) throws IOException {
        Bytes path = Bytes.utf8(directory.resolve("socket").toString());
        int listener = Sockets.listen(path, 5);
        assertEquals(-1, Sockets.accept(listener));
        if (!Kernel.IS_FREEBSD) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(NativePath.of(path))));
        }
        int client = Sockets.connect(path);
        int server = Sockets.accept(listener);

        PeerCredentials peer = Sockets.peer(server);

        assertEquals(Accounts.uid(), peer.uid());
        assertEquals(Accounts.gid(), peer.gid());
        assertEquals(ProcessHandle.current().pid(), peer.pid());
        assertArrayEquals(Accounts.groups(), Sockets.peerGroups(server));
        assertEquals(-1, Descriptors.read(server, ByteBuffer.allocateDirect(1)));
        Descriptors.close(client);
        assertEquals(0, Descriptors.read(server, ByteBuffer.allocateDirect(1)));
        Descriptors.close(server);
        Descriptors.close(listener);
        assertEquals(
                Kernel.ECONNREFUSED,
                assertThrows(PosixException.class, () -> Sockets.connect(path)).errno());
    }

    @Test
    void a_path_that_is_too_long_is_refused() {
        Bytes path = Bytes.utf8("/" + "x".repeat(Sockets.MAX_PATH));
        assertEquals(
                "connect: File name too long",
                assertThrows(PosixException.class, () -> Sockets.connect(path)).getMessage());
    }

    @Test
    void epoll_tells_which_descriptor_has_what() throws IOException {
        int[] sockets = Sockets.pair();
        try (Poller poller = new Poller(4);
                EventFd wakeUp = new EventFd()) {
            poller.add(sockets[0], Poller.IN | Poller.PEER_CLOSED, 0x1_0000_0001L);
            poller.add(wakeUp.fd(), Poller.IN, 2);
            assertEquals(0, poller.await(0));

            wakeUp.signal();
            assertEquals(1, poller.await(10_000));
            assertEquals(2, poller.key(0));
            assertEquals(Poller.IN, poller.events(0));
            wakeUp.drain();
            assertEquals(0, poller.await(0));

            poller.modify(sockets[0], Poller.OUT, 0x1_0000_0001L);
            assertEquals(1, poller.await(10_000));
            assertEquals(0x1_0000_0001L, poller.key(0));
            poller.modify(sockets[0], Poller.IN, 0x1_0000_0001L);
            Descriptors.close(sockets[1]);
            assertEquals(1, poller.await(10_000));
            assertTrue((poller.events(0) & Poller.HANGUP) != 0);
            poller.remove(sockets[0]);
            assertEquals(0, poller.await(0));
        }
        Descriptors.close(sockets[0]);
    }

    @Test
    void a_lock_belongs_to_one_open_file(@TempDir Path directory) throws IOException {
        Bytes path = Bytes.utf8(directory.resolve("lock").toString());
        int one = Descriptors.open(path, Kernel.O_RDWR | Kernel.O_CREAT, 0600);
        int two = Descriptors.open(path, Kernel.O_RDWR, 0);
        assertTrue(Descriptors.tryLock(one));
        assertFalse(Descriptors.tryLock(two));
        Descriptors.unlock(one);
        assertTrue(Descriptors.tryLock(two));
        Descriptors.close(one);
        Descriptors.close(two);
        assertFalse(Descriptors.isOpen(two));
    }
}
