package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import mayfly.clonepool.ChangedInputs;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

/** JSON that a client asks the service with. */
final class QuestionsFuzzTest {
    @FuzzTest(maxDuration = "")
    void a_question_is_read_or_refused(byte[] input) {
        try {
            assertTrue(QuestionReader.read(new String(input, StandardCharsets.UTF_8)) != null);
        } catch (RefusedException e) {
            assertTrue(e.getMessage() != null && e.getMessage().indexOf('\n') < 0, e.getMessage());
        }
    }

    @Test
    void and_so_is_what_chance_makes_of_kept_inputs() throws IOException {
        ChangedInputs.giveTo(
                QuestionsFuzzTest.class, "a_question_is_read_or_refused", this::a_question_is_read_or_refused);
    }
}
