package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import mayfly.sandbox.RefusedException;

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
}
