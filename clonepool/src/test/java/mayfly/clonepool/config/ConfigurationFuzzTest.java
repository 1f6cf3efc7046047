package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import mayfly.clonepool.ChangedInputs;
import org.junit.jupiter.api.Test;

/** The configuration's text, which is an administrator's, or a user's for his own service. */
final class ConfigurationFuzzTest {
    @FuzzTest(maxDuration = "")
    void a_text_is_read_or_has_problems(byte[] input) {
        try {
            assertTrue(ConfigurationFile.parse(new String(input, StandardCharsets.UTF_8), "file") != null);
        } catch (ConfigurationException e) {
            assertTrue(!e.problems().isEmpty());
        }
    }

    @Test
    void and_so_is_what_chance_makes_of_kept_inputs() throws IOException {
        ChangedInputs.giveTo(
                ConfigurationFuzzTest.class, "a_text_is_read_or_has_problems", this::a_text_is_read_or_has_problems);
    }
}
