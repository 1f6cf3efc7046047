package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TellingTest {
    private final int[] ends;
    private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    private final Telling telling = new Telling(new Log(new PrintStream(complaints, true, StandardCharsets.UTF_8)));

    TellingTest() throws IOException {
        ends = Sockets.messagePair();
        Descriptors.setNonBlocking(ends[0], true);
    }

    @AfterEach
    void close() {
        Descriptors.close(ends[0]);
        Descriptors.close(ends[1]);
    }

    private static Frame.Finished exit(int code, long command) {
        return new Frame.Finished(
                Optional.of(new Frame.Outcome.Exited(code)), 1, 2, 3, Optional.empty(), OptionalLong.of(command), 0);
    }

    private void say(Frame frame) throws IOException {
        ByteBuffer data = ByteBuffer.allocateDirect(1 << 12);
        FrameWriter.write(frame, data);
        Descriptors.writeFully(ends[1], data.flip());
    }

    @Test
    void all_that_was_said_is_heard_once_and_in_order() throws IOException {
        assertEquals(List.of(), telling.hear(ends[0]));
        say(exit(1, 1));
        say(exit(2, 2));
        assertEquals(List.of(exit(1, 1), exit(2, 2)), telling.hear(ends[0]));
        assertEquals(List.of(), telling.hear(ends[0]));
        assertEquals("", complaints.toString(StandardCharsets.UTF_8));
    }

    @Test
    void what_is_no_such_word_is_none_and_all_others_count() throws IOException {
        say(exit(1, 1));
        say(new Frame.Ended(new Frame.Outcome.Exited(0), 1, 2, 3, 4));
        say(exit(2, 2));
        assertEquals(List.of(exit(1, 1), exit(2, 2)), telling.hear(ends[0]));
        String complaint = complaints.toString(StandardCharsets.UTF_8);
        assertTrue(complaint.contains("cannot hear how a command has ended: "), complaint);
    }
}
