package mayfly.sandbox.options;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

/** A client's words, each ended by a NUL. */
final class OptionsFuzzTest {
    private static final RunOptions OPTIONS = new RunOptions();

    @FuzzTest(maxDuration = "")
    void words_are_read_or_refused(byte[] input) {
        List<Bytes> words = new ArrayList<>(List.of(Bytes.utf8("mayfly")));
        int begin = 0;
        for (int i = 0; i < input.length; i++) {
            if (input[i] == 0) {
                words.add(Bytes.of(Arrays.copyOfRange(input, begin, i)));
                begin = i + 1;
            }
        }
        try {
            RunRequest request = OPTIONS.read(words, begin < input.length);
            assertTrue(request.first() > 0 && request.first() <= words.size());
        } catch (RefusedException e) {
            assertTrue(e.getMessage() != null && e.getMessage().indexOf('\n') < 0, e.getMessage());
        }
    }

    @Test
    void and_so_is_what_chance_makes_of_kept_inputs() throws IOException {
        ChangedInputs.giveTo(OptionsFuzzTest.class, "words_are_read_or_refused", this::words_are_read_or_refused);
    }
}
