package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessageBufferTest {
    private final MessageBuffer sender = new MessageBuffer(64);
    private final MessageBuffer receiver = new MessageBuffer(64);
    private int[] sockets = new int[2];

    @BeforeEach
    void connect() throws IOException {
        sockets = Sockets.pair();
    }

    @AfterEach
    void disconnect() {
        Descriptors.close(sockets[0]);
        Descriptors.close(sockets[1]);
    }

    @Test
    void a_descriptor_arrives_as_the_same_open_file() throws IOException {
        int[] pipe = Descriptors.pipe();
        sender.data().put("hello".getBytes(StandardCharsets.US_ASCII)).flip();
        sender.attach(pipe[1]);
        sender.sendFully(sockets[0]);

        assertEquals(5, receiver.receive(sockets[1]));
        assertEquals(1, receiver.descriptors());
        int received = receiver.take();
        Descriptors.writeFully(received, direct("through"));
        ByteBuffer read = ByteBuffer.allocateDirect(16);
        assertEquals(7, Descriptors.read(pipe[0], read));

        assertEquals("hello", text(receiver.data()));
        assertEquals("through", text(read));
        Descriptors.close(received);
        Descriptors.close(pipe[0]);
        Descriptors.close(pipe[1]);
    }

    @Test
    void received_descriptors_are_close_on_exec() throws IOException {
        sendDescriptors(1);
        receiver.receive(sockets[1]);
        int received = receiver.take();

        int flags = Native.LIBC.fcntl(received, Kernel.F_GETFD, 0);

        assertEquals(Kernel.FD_CLOEXEC, flags);
        Descriptors.close(received);
    }

    @Test
    void three_descriptors_come_in_order() throws IOException {
        sendDescriptors(3);
        receiver.receive(sockets[1]);
        assertEquals(3, receiver.descriptors());
        assertFalse(receiver.broughtTooMany());
        receiver.closeReceived();
        assertEquals(0, receiver.descriptors());
    }

    @Test
    void descriptors_are_sent_once() throws IOException {
        sendDescriptors(2);
        sender.data().clear().limit(1);
        sender.sendFully(sockets[0]);
        receiver.receive(sockets[1]);
        assertEquals(2, receiver.descriptors());
        receiver.receive(sockets[1]);
        assertEquals(0, receiver.descriptors());
    }

    @Test
    void descriptors_that_nobody_took_are_closed_by_the_next_message() throws IOException {
        long before = openDescriptors();
        for (int i = 0; i < 10; i++) {
            sendDescriptors(3);
            receiver.data().clear();
            receiver.receive(sockets[1]);
        }
        receiver.closeReceived();
        assertEquals(before, openDescriptors());
    }

    @Test
    void more_descriptors_than_allowed_are_told_and_closed() throws Exception {
        long before = openDescriptors();
        sendFourDescriptors();
        receiver.receive(sockets[1]);
        assertTrue(receiver.broughtTooMany());
        receiver.closeReceived();
        assertEquals(before, openDescriptors());
    }

    @Test
    void an_empty_non_blocking_socket_is_not_the_end() throws IOException {
        Descriptors.setNonBlocking(sockets[1], true);
        assertEquals(-1, receiver.receive(sockets[1]));
        Sockets.shutdown(sockets[0]);
        assertEquals(0, receiver.receive(sockets[1]));
    }

    @Test
    void a_full_non_blocking_socket_keeps_the_rest() throws IOException {
        Descriptors.setNonBlocking(sockets[0], true);
        MessageBuffer large = new MessageBuffer(1 << 24);
        int sent = large.send(sockets[0]);
        assertTrue(sent > 0 && sent < 1 << 24, () -> "sent " + sent);
        assertEquals(-1, large.send(sockets[0]));
        assertEquals(sent, large.data().position());
    }

    @Test
    void a_peer_that_is_gone_is_an_exception() throws IOException {
        Sockets.shutdown(sockets[1]);
        sender.data().limit(1);
        PosixException e = assertThrows(PosixException.class, () -> sender.send(sockets[0]));
        assertEquals(Kernel.EPIPE, e.errno());
        assertEquals("Broken pipe", e.reason());
    }

    private void sendDescriptors(int count) throws IOException {
        sender.data().clear().limit(1);
        for (int i = 0; i < count; i++) {
            sender.attach(i);
        }
        sender.sendFully(sockets[0]);
    }

    /** Python sends what this package cannot. */
    private void sendFourDescriptors() throws Exception {
        Spawn python = Spawns.command(
                "python3",
                "-c",
                "import array, socket; s = socket.socket(fileno=3);"
                        + "s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0, 1, 2, 0]))])");
        int pid = Spawns.with(python, 0, 1, 2, sockets[0]).start();
        assertEquals(new ProcessEnd.Exited(0), Processes.await(pid));
    }

    private static long openDescriptors() throws IOException {
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.count();
        }
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static String text(ByteBuffer filled) {
        return StandardCharsets.US_ASCII.decode(filled.duplicate().flip()).toString();
    }
}
