package mayfly.clonepool.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import mayfly.clonepool.ChangedInputs;
import mayfly.clonepool.protocol.Protocol.Sender;
import org.junit.jupiter.api.Test;

/** What a peer may send, byte by byte: {@code make fuzz} looks for new inputs, {@code make test} takes those that were kept, and changes them. */
final class FramesFuzzTest {
    private static final int CAPACITY = 1 << 21;

    /** The first byte says whose frames are read. */
    @FuzzTest(maxDuration = "")
    void what_is_read_is_written_as_it_was(byte[] input) throws ProtocolException {
        if (input.length == 0) {
            return;
        }
        List<Sender> senders = List.of(Sender.values());
        Sender sender = senders.get(Byte.toUnsignedInt(input[0]) % senders.size());
        FrameReader reader = FrameReader.from(sender);
        ByteBuffer in = ByteBuffer.wrap(input, 1, input.length - 1).slice();
        Frame frame;
        try {
            int length = reader.complete(in);
            if (length < 0) {
                return;
            }
            frame = reader.read(in);
            assertEquals(length, in.position());
        } catch (ProtocolException e) {
            assertTrue(e.getMessage() != null && !e.getMessage().isEmpty());
            return;
        }
        ByteBuffer out = ByteBuffer.allocate(CAPACITY);
        FrameWriter.write(frame, out);
        assertEquals(frame, reader.read(out.flip()));
    }

    @Test
    void and_so_is_what_chance_makes_of_kept_inputs() throws IOException {
        ChangedInputs.giveTo(
                FramesFuzzTest.class, "what_is_read_is_written_as_it_was", this::what_is_read_is_written_as_it_was);
    }
}
