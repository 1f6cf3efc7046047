package mayfly.clonepool.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import mayfly.clonepool.protocol.Protocol.Field;
import mayfly.clonepool.protocol.Protocol.FrameType;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FramesTest {
    private static final Bytes ODD = Bytes.fromLatin1("\u00ff\n\u0001");

    static List<Frame> frames() {
        return List.of(
                new Frame.Claim(
                        List.of(Bytes.utf8("mayfly"), Bytes.empty(), ODD),
                        true,
                        Optional.of(Bytes.utf8("/").plus(ODD)),
                        List.of(Bytes.utf8("DISPLAY=:0"), Bytes.utf8("HOME=/").plus(ODD))),
                new Frame.Claim(List.of(Bytes.utf8("mayfly")), false, Optional.empty(), List.of()),
                new Frame.Claimed(
                        3,
                        31,
                        Optional.of(Bytes.utf8("/bin/sh")),
                        Optional.of(ODD),
                        List.of(Bytes.utf8("A=1"), Bytes.utf8("B")),
                        OptionalInt.of(9),
                        "\"template\":\"host\"",
                        List.of("one", "zwei – drei"),
                        OptionalLong.of(7)),
                new Frame.Claimed(
                        1, 0, Optional.empty(), Optional.empty(), List.of(), OptionalInt.empty(), "", List.of()),
                new Frame.Bind(
                        new Caller(4_294_967_294L, 7, List.of(1L, 4_000_000_000L)),
                        new Caller(0, 9, List.of()),
                        Optional.of(ODD),
                        List.of(new Bind(ODD, Bytes.utf8("/d"), true), new Bind(Bytes.utf8("/s"), ODD, false)),
                        false),
                new Frame.Bind(
                        new Caller(1, 2, List.of()),
                        new Caller(1, 2, List.of()),
                        Optional.empty(),
                        List.of(new Bind(ODD, ODD, false)),
                        true),
                new Frame.Bound(Optional.empty()),
                new Frame.Bound(Optional.of(ODD)),
                new Frame.Refused(1, 125, "cannot", Optional.of("try")),
                new Frame.Refused(77, 125, "cannot", Optional.empty()),
                new Frame.Ask("{\"ask\":\"status\"}"),
                new Frame.Answer("{}"),
                new Frame.Progress("{\"text\":\"making clones\",\"done\":1,\"of\":5}"),
                new Frame.Subcommand(List.of(Bytes.utf8("pool"), Bytes.utf8("refill"), ODD)),
                new Frame.Parked(),
                new Frame.Run(
                        List.of(Bytes.utf8("ls"), Bytes.empty()),
                        List.of(Bytes.utf8("A=1")),
                        Optional.of(Bytes.empty()),
                        5,
                        2,
                        true,
                        Optional.of(Bytes.of(new byte[Protocol.TERMIOS_BYTES])),
                        Optional.of(Bytes.of(new byte[Protocol.WINSIZE_BYTES])),
                        022,
                        -5,
                        List.of(1L, -1L),
                        Optional.of(Bytes.of(new byte[] {3})),
                        -1L,
                        4L,
                        Optional.of(Bytes.utf8("/bin/sh")),
                        OptionalLong.of(1L << 40)),
                new Frame.Run(
                        List.of(Bytes.utf8("ls")),
                        List.of(),
                        Optional.empty(),
                        0,
                        0,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        0,
                        List.of(),
                        Optional.empty(),
                        0,
                        0,
                        Optional.empty(),
                        OptionalLong.empty()),
                new Frame.Started(),
                new Frame.Signal(15),
                new Frame.Resize(Bytes.of(new byte[Protocol.WINSIZE_BYTES])),
                new Frame.Foreground(Optional.empty()),
                new Frame.Foreground(Optional.of(Bytes.of(new byte[Protocol.TERMIOS_BYTES]))),
                new Frame.WantsTerminal(),
                new Frame.AskRoot(),
                new Frame.Root(),
                new Frame.Serve(0, Integer.MAX_VALUE),
                new Frame.Serving(),
                new Frame.EndSession(),
                new Frame.Stopped(20),
                new Frame.Ended(new Frame.Outcome.Exited(3), 1, 2, 3, 4),
                new Frame.Ended(new Frame.Outcome.Killed(9), 1, 2, 3, 1L << 40),
                new Frame.Finished(
                        Optional.of(new Frame.Outcome.Exited(255)), 1, 2, 3, Optional.empty(), OptionalLong.of(-1), 2),
                new Frame.Finished(
                        Optional.of(new Frame.Outcome.Killed(9)), 1, 2, 3, Optional.empty(), OptionalLong.empty(), 0),
                new Frame.Finished(Optional.empty(), 0, 0, 0, Optional.of(ODD), OptionalLong.of(5), 1),
                new Frame.Failed(127, "cannot", Optional.of("try")));
    }

    private static ByteBuffer written(Frame frame) throws ProtocolException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        FrameWriter.write(frame, buffer);
        return buffer.flip();
    }

    @ParameterizedTest
    @MethodSource("frames")
    void a_frame_that_is_written_is_read_as_it_was(Frame frame) throws IOException {
        ByteBuffer buffer = written(frame);
        assertEquals(frame, FrameReader.from(frame.type().sender()).read(buffer));
        assertEquals(0, buffer.remaining());
    }

    @ParameterizedTest
    @MethodSource("frames")
    void a_frame_is_complete_with_its_last_byte(Frame frame) throws IOException {
        FrameReader reader = FrameReader.from(frame.type().sender());
        ByteBuffer buffer = written(frame);
        int length = buffer.limit();
        for (int i = 0; i < length; i++) {
            assertEquals(-1, reader.complete(buffer.duplicate().limit(i)));
        }
        assertEquals(length, reader.complete(buffer));
    }

    @ParameterizedTest
    @MethodSource("frames")
    void a_frame_from_the_wrong_side_is_refused_at_its_fifth_byte(Frame frame) throws IOException {
        ByteBuffer beginning = written(frame).limit(5);
        for (Sender sender : Sender.values()) {
            if (sender != frame.type().sender()) {
                FrameReader reader = FrameReader.from(sender);
                assertThrows(ProtocolException.class, () -> reader.complete(beginning));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("frames")
    void a_changed_frame_is_read_or_refused_and_nothing_else(Frame frame) throws IOException {
        FrameReader reader = FrameReader.from(frame.type().sender());
        Random random = new Random(42);
        for (int round = 0; round < 2_000; round++) {
            ByteBuffer buffer = written(frame);
            for (int change = random.nextInt(3); change >= 0; change--) {
                buffer.put(random.nextInt(buffer.limit()), (byte) random.nextInt(256));
            }
            try {
                if (reader.complete(buffer) >= 0) {
                    assertEquals(
                            frame.type().sender(), reader.read(buffer).type().sender());
                }
            } catch (ProtocolException e) {
                assertTrue(e.getMessage() != null);
            }
        }
    }

    /** A frame with the given fields, each a tag and its bytes. */
    private static ByteBuffer raw(FrameType type, Object... tagsAndBytes) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 19).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(0).put((byte) type.code());
        for (int i = 0; i < tagsAndBytes.length; i += 2) {
            byte[] bytes = (byte[]) tagsAndBytes[i + 1];
            buffer.put((byte) (int) (Integer) tagsAndBytes[i])
                    .putInt(bytes.length)
                    .put(bytes);
        }
        buffer.putInt(0, buffer.position() - 4);
        return buffer.flip();
    }

    private static byte[] u32(int number) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array();
    }

    private static byte[] ascii(String text) {
        return Bytes.fromLatin1(text).toArray();
    }

    private static String refusal(FrameType type, Object... tagsAndBytes) {
        FrameReader reader = FrameReader.from(type.sender());
        return String.valueOf(assertThrows(ProtocolException.class, () -> reader.read(raw(type, tagsAndBytes)))
                .getMessage());
    }

    private static final int VERSION = Field.VERSION.tag();
    private static final int WORDS = Field.WORDS.tag();

    @Test
    void another_version_is_told_apart_whatever_else_the_frame_holds() {
        ByteBuffer claim = raw(FrameType.CLAIM, 200, ascii("new"), VERSION, u32(2));
        VersionException e = assertThrows(VersionException.class, () -> FrameReader.from(Sender.CLIENT_AT_DOOR)
                .read(claim));
        assertEquals(2, e.theirs());
    }

    @Test
    void fields_that_are_missing_doubled_or_unknown_are_refused() {
        assertEquals("a frame CLAIM without VERSION", refusal(FrameType.CLAIM));
        assertEquals("a frame CLAIM without WORDS", refusal(FrameType.CLAIM, VERSION, u32(1)));
        assertEquals(
                "a frame CLAIM with the field WORDS twice",
                refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("a\0"), WORDS, ascii("a\0")));
        assertEquals(
                "a frame CLAIM with an unknown field 5",
                refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("a\0"), Field.FIRST.tag(), u32(1)));
        assertEquals(
                "a frame STARTED with an unknown field 46", refusal(FrameType.STARTED, Field.NUMBER.tag(), u32(1)));
    }

    @Test
    void fields_of_a_wrong_form_are_refused() {
        int cwd = Field.CWD.tag();
        assertEquals("a frame CLAIM with a field VERSION of 2 bytes", refusal(FrameType.CLAIM, VERSION, ascii("ab")));
        assertEquals(
                "a frame CLAIM with a string without its end in WORDS",
                refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("a\0b")));
        assertEquals(
                "a frame CLAIM with 0 strings in WORDS", refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("")));
        assertEquals(
                "a frame CLAIM with a NUL in CWD",
                refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("a\0"), cwd, ascii("/\0x")));
        for (String relative : List.of("", "x", "../x")) {
            assertEquals(
                    "a relative CWD",
                    refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("a\0"), cwd, ascii(relative)));
        }
        assertEquals(
                "a frame CLAIM with a field TRUNCATED that is not empty",
                refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii("a\0"), Field.TRUNCATED.tag(), ascii("x")));
        assertEquals(
                "a frame ASK with a field JSON that is not UTF-8",
                refusal(FrameType.ASK, VERSION, u32(1), Field.JSON.tag(), ascii("\u00ff")));
        assertEquals(
                "a frame STOPPED with a field NUMBER of 4294967295",
                refusal(FrameType.STOPPED, Field.NUMBER.tag(), u32(-1)));
    }

    @Test
    void words_have_their_bounds() {
        String many = String.join("", Collections.nCopies(Protocol.WORDS_COUNT + 1, "a\0"));
        String large = "a".repeat(Protocol.WORDS_BYTES) + "\0";
        assertEquals(
                "a frame CLAIM with 1025 strings in WORDS",
                refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii(many)));
        assertEquals("too many bytes in WORDS", refusal(FrameType.CLAIM, VERSION, u32(1), WORDS, ascii(large)));
    }

    @Test
    void variables_have_their_bounds() {
        List<Object> claim = new ArrayList<>(List.of(VERSION, u32(1), WORDS, ascii("a\0")));
        claim.addAll(List.of(Field.VARIABLE.tag(), ascii("A=" + "a".repeat(Protocol.VARIABLE_BYTES - 1))));
        assertEquals("a VARIABLE of 4097 bytes", refusal(FrameType.CLAIM, claim.toArray()));
        claim.subList(5, 6).set(0, ascii(""));
        for (int i = 0; i < Protocol.VARIABLES_COUNT; i++) {
            claim.addAll(List.of(Field.VARIABLE.tag(), ascii("")));
        }
        assertEquals("65 VARIABLEs", refusal(FrameType.CLAIM, claim.toArray()));
    }

    @Test
    void an_end_is_an_exit_or_a_signal() {
        assertEquals("a frame ENDED needs one of CODE and NUMBER", refusal(FrameType.ENDED));
        assertEquals(
                "a frame ENDED with both CODE and NUMBER",
                refusal(FrameType.ENDED, Field.CODE.tag(), u32(0), Field.NUMBER.tag(), u32(9)));
        assertEquals("a frame FINISHED that says nothing", refusal(FrameType.FINISHED, Field.ROOTS.tag(), u32(0)));
        assertEquals(
                "a frame FINISHED with an unknown field " + Field.MESSAGE.tag(),
                refusal(FrameType.FINISHED, Field.CODE.tag(), u32(0), Field.MESSAGE.tag(), ascii("why")));
    }

    @Test
    void lengths_are_checked_before_anything_is_kept() {
        FrameReader door = FrameReader.from(Sender.CLIENT_AT_DOOR);
        ByteBuffer empty = ByteBuffer.wrap(u32(0));
        ByteBuffer huge = ByteBuffer.wrap(u32(-1));
        ByteBuffer large = ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN);
        large.putInt(Protocol.DOOR_FRAME_BYTES + 1)
                .put((byte) FrameType.CLAIM.code())
                .flip();
        assertThrows(ProtocolException.class, () -> door.complete(empty));
        assertThrows(ProtocolException.class, () -> door.complete(huge));
        assertThrows(ProtocolException.class, () -> door.complete(large));
    }

    @Test
    void overrunning_and_trailing_bytes_are_refused() {
        FrameReader door = FrameReader.from(Sender.CLIENT_AT_DOOR);
        ByteBuffer overrun = raw(FrameType.CLAIM, VERSION, u32(1));
        overrun.put(6, (byte) 5);
        ByteBuffer trailing = raw(FrameType.CLAIM, VERSION, u32(1));
        trailing.limit(trailing.limit() + 1);
        trailing.put(0, (byte) (trailing.get(0) + 1));
        assertThrows(ProtocolException.class, () -> door.read(overrun));
        assertThrows(ProtocolException.class, () -> door.read(trailing));
    }

    @Test
    void a_frame_that_is_too_large_leaves_the_buffer_as_it_was() {
        ByteBuffer small = ByteBuffer.allocate(8);
        assertThrows(ProtocolException.class, () -> FrameWriter.write(new Frame.Parked(), small));
        assertEquals(0, small.position());
        ByteBuffer buffer = ByteBuffer.allocate(1 << 19);
        Frame answer = new Frame.Answer("x".repeat(Protocol.DOOR_FRAME_BYTES));
        assertThrows(ProtocolException.class, () -> FrameWriter.write(answer, buffer));
        assertEquals(0, buffer.position());
    }
}
