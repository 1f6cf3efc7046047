package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AuditConfigurationTest {
    private static AuditConfiguration audit(String... lines) throws ConfigurationException {
        return ConfigurationFile.parse(String.join("\n", lines), "m.toml").audit();
    }

    @Test
    void what_is_left_out_is_as_by_default() throws ConfigurationException {
        assertEquals(AuditConfiguration.defaults(), audit(""));
        assertEquals(AuditConfiguration.defaults(), audit("[audit]"));
        assertEquals(AuditConfiguration.defaults(), Configuration.defaults().audit());
        assertEquals(
                new AuditConfiguration(false, Optional.empty(), 16 << 20, 8, Optional.empty()),
                AuditConfiguration.defaults());
    }

    @Test
    void each_key_has_its_effect() throws ConfigurationException {
        assertEquals(
                new AuditConfiguration(true, Optional.of(Path.of("/srv/a.log")), 64 << 10, 3, Optional.of(false)),
                audit(
                        "[audit]",
                        "off = true",
                        "file = '/srv/x/../a.log'",
                        "max-size = '64k'",
                        "keep = 3",
                        "journal = false"));
    }

    @Test
    void problems_are_told_with_their_lines() {
        ConfigurationException problems = assertThrows(
                ConfigurationException.class,
                () -> audit("[audit]", "file = 'a.log'", "max-size = '63k'", "keep = 0", "journal = 1", "of = true"));
        assertEquals(
                List.of(
                        "m.toml:2: audit.file must begin with /",
                        "m.toml:3: audit.max-size must be 64k or more",
                        "m.toml:4: audit.keep must be a number from 1 to 1000",
                        "m.toml:5: audit.journal must be true or false",
                        "m.toml:6: unknown key audit.of (did you mean off?)"),
                problems.problems());
        assertEquals(
                List.of("m.toml:2: audit.file must be a file's path"),
                assertThrows(ConfigurationException.class, () -> audit("[audit]", "file = '/'"))
                        .problems());
    }
}
