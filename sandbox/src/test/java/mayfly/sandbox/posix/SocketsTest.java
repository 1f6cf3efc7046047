package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketsTest {
    @Test
    void a_connection_is_accepted_and_its_peer_known(@TempDir Path directory) throws IOException {
        Bytes path = Bytes.utf8(directory.resolve("socket").toString());
        int listener = Sockets.listen(path, 5);
        assertEquals(-1, Sockets.accept(listener));
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
                Linux.ECONNREFUSED,
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
        try (Epoll epoll = new Epoll(4);
                EventFd wakeUp = new EventFd()) {
            epoll.add(sockets[0], Linux.EPOLLIN | Linux.EPOLLRDHUP, 0x1_0000_0001L);
            epoll.add(wakeUp.fd(), Linux.EPOLLIN, 2);
            assertEquals(0, epoll.await(0));

            wakeUp.signal();
            assertEquals(1, epoll.await(10_000));
            assertEquals(2, epoll.key(0));
            assertEquals(Linux.EPOLLIN, epoll.events(0));
            wakeUp.drain();
            assertEquals(0, epoll.await(0));

            epoll.modify(sockets[0], Linux.EPOLLOUT, 0x1_0000_0001L);
            assertEquals(1, epoll.await(10_000));
            assertEquals(0x1_0000_0001L, epoll.key(0));
            epoll.modify(sockets[0], Linux.EPOLLIN, 0x1_0000_0001L);
            Descriptors.close(sockets[1]);
            assertEquals(1, epoll.await(10_000));
            assertTrue((epoll.events(0) & Linux.EPOLLHUP) != 0);
            epoll.remove(sockets[0]);
            assertEquals(0, epoll.await(0));
        }
        Descriptors.close(sockets[0]);
    }

    @Test
    void a_lock_belongs_to_one_open_file(@TempDir Path directory) throws IOException {
        Bytes path = Bytes.utf8(directory.resolve("lock").toString());
        int one = Descriptors.open(path, Linux.O_RDWR | Linux.O_CREAT, 0600);
        int two = Descriptors.open(path, Linux.O_RDWR, 0);
        assertTrue(Descriptors.tryLock(one));
        assertFalse(Descriptors.tryLock(two));
        Descriptors.unlock(one);
        assertTrue(Descriptors.tryLock(two));
        Descriptors.close(one);
        Descriptors.close(two);
        assertFalse(Descriptors.isOpen(two));
    }
}
