package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoorTest {
    /** Keeps those who ask, and tries to answer those who have gone. */
    private static final class Desk implements Door.Desk {
        final List<Connection> asked = new ArrayList<>();
        final List<Boolean> sent = new ArrayList<>();
        Optional<Door> door = Optional.empty();

        @Override
        public void claim(Connection connection, Frame.Claim claim) {}

        @Override
        public void ask(Connection connection, Frame.Ask ask) {
            asked.add(connection);
        }

        @Override
        public void gone(Connection connection) {
            sent.add(door.orElseThrow().send(connection, new Frame.Answer("{}"), -1));
        }
    }

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final Log log = new Log(new PrintStream(said, true, StandardCharsets.UTF_8));
    private final MessageBuffer buffer = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);

    private int ask(Bytes path) throws IOException {
        int client = Sockets.connect(path);
        buffer.data().clear();
        FrameWriter.write(new Frame.Ask("{\"ask\":\"status\"}"), buffer.data());
        buffer.data().flip();
        buffer.sendFully(client);
        return client;
    }

    @Test
    void nothing_is_said_to_a_client_that_has_gone_by_a_number_that_another_has(@TempDir Path place)
            throws IOException {
        Bytes path = NativePath.bytes(place.resolve("door"));
        Desk desk = new Desk();
        try (EventLoop loop = new EventLoop(log)) {
            Door door = new Door(loop, desk, Optional.empty(), log);
            desk.door = Optional.of(door);
            door.open(Sockets.listen(path, 8));
            int first = ask(path);
            assertTrue(door.letInWaiting());
            Connection gone = desk.asked.get(0);
            int number = gone.fd();
            door.close(gone);
            assertEquals(List.of(false), desk.sent);

            // The lowest free number is given out: this end takes the one that the service has just closed.
            int[] other = Sockets.pair();
            assertTrue(other[0] == number || other[1] == number);
            assertFalse(door.send(gone, new Frame.Answer("{}"), -1));
            door.refuse(gone, new RefusedException("cannot answer: a test"));
            door.close(gone);

            assertTrue(Descriptors.isOpen(number));
            int peer = other[0] == number ? other[1] : other[0];
            Descriptors.setNonBlocking(peer, true);
            buffer.data().clear();
            assertEquals(-1, buffer.receiveBytes(peer));
            List.of(other[0], other[1], first).forEach(Descriptors::close);
            door.close();
        }
        assertEquals("", said.toString(StandardCharsets.UTF_8));
    }
}
