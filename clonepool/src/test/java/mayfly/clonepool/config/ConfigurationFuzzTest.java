package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

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
}
