package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import mayfly.clonepool.service.Door.Sent;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DoorTest {
    /** Keeps those who ask, and tries to answer those who have gone. */
    private static final class Desk implements Door.Desk {
        final List<Connection> asked = new ArrayList<>();
        final List<Sent> sent = new ArrayList<>();
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
    private final Desk desk = new Desk();
    private final EventLoop loop = new EventLoop(log);
    private final Door door = new Door(loop, desk, Optional.empty(), log);

    @TempDir
    private Path place = Path.of("/");

    DoorTest() throws IOException {}

    @AfterEach
    void close() {
        loop.close();
    }

    /** A client that has asked, and waits for its answer. */
    private int ask() throws IOException {
        Bytes path = NativePath.bytes(place.resolve("door"));
        desk.door = Optional.of(door);
        door.open(Sockets.listen(path, 8));
        int client = Sockets.connect(path);
        buffer.data().clear();
        FrameWriter.write(new Frame.Ask("{\"ask\":\"status\"}"), buffer.data());
        buffer.data().flip();
        buffer.sendFully(client);
        assertTrue(door.letInWaiting());
        return client;
    }

    @Test
    void nothing_is_said_to_a_client_that_has_gone_by_a_number_that_another_has() throws IOException {
        int first = ask();
        Connection gone = desk.asked.get(0);
        int number = gone.fd();
        door.close(gone);
        assertEquals(List.of(Sent.NOTHING), desk.sent);

        // The lowest free number is given out: this end takes the one that the service has just closed.
        int[] other = Sockets.pair();
        assertTrue(other[0] == number || other[1] == number);
        assertEquals(Sent.NOTHING, door.send(gone, new Frame.Answer("{}"), -1));
        door.refuse(gone, new RefusedException("cannot answer: a test"));
        door.close(gone);

        assertTrue(Descriptors.isOpen(number));
        int peer = other[0] == number ? other[1] : other[0];
        Descriptors.setNonBlocking(peer, true);
        buffer.data().clear();
        assertEquals(-1, buffer.receiveBytes(peer));
        List.of(other[0], other[1], first).forEach(Descriptors::close);
        door.close();
        assertEquals("", said.toString(StandardCharsets.UTF_8));
    }

    @Test
    void a_client_has_the_descriptor_of_an_answer_that_it_takes_in_part() throws IOException {
        int client = ask();
        Connection connection = desk.asked.get(0);
        Frame.Answer answer = new Frame.Answer("x".repeat(200_000));
        int whole = 0;
        Sent sent = door.send(connection, answer, client);
        for (; sent == Sent.ALL; whole++) {
            sent = door.send(connection, answer, client);
        }
        assertEquals(Sent.BEGINNING, sent);
        assertEquals(Sent.NOTHING, door.send(connection, answer, client));
        int descriptors = 0;
        do {
            buffer.data().clear();
            buffer.receive(client);
            while (buffer.descriptors() > 0) {
                Descriptors.close(buffer.take());
                descriptors++;
            }
        } while (descriptors <= whole);
        Descriptors.close(client);
        door.close(connection);
        door.close();
        assertEquals(
                "mayfly: user 0 does not take a whole answer\n",
                said.toString(StandardCharsets.UTF_8).replaceAll("user [0-9]+", "user 0"));
    }
}
