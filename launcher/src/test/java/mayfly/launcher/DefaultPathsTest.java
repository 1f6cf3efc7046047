package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefaultPathsTest {
    private static final long SOMEBODY = 4_000_000_000L;

    private static DefaultPaths paths(long uid, String... pairs) {
        Map<Bytes, Bytes> variables = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(Bytes.utf8(pairs[i]), Bytes.utf8(pairs[i + 1]));
        }
        return new DefaultPaths(uid, variables);
    }

    @Test
    void the_system_s_are_root_s() {
        DefaultPaths paths = paths(0, "HOME", "/root", "XDG_DATA_HOME", "/elsewhere");
        assertEquals(Path.of("/run/mayfly"), paths.runtime());
        assertEquals(Path.of("/var/lib/mayfly"), paths.data());
        assertEquals(Path.of("/etc/mayfly/mayfly.toml"), paths.configuration());
    }

    @Test
    void a_user_s_are_in_the_home_directory() {
        DefaultPaths paths = paths(SOMEBODY, "HOME", "/home/u");
        assertEquals(Path.of("/tmp/mayfly-4000000000"), paths.runtime());
        assertEquals(Path.of("/home/u/.local/share/mayfly"), paths.data());
        assertEquals(Path.of("/home/u/.config/mayfly/mayfly.toml"), paths.configuration());
    }

    @Test
    void variables_move_them_unless_they_are_relative() {
        DefaultPaths paths = paths(SOMEBODY, "HOME", "/h", "XDG_DATA_HOME", "/data", "XDG_CONFIG_HOME", "relative");
        assertEquals(Path.of("/data/mayfly"), paths.data());
        assertEquals(Path.of("/h/.config/mayfly/mayfly.toml"), paths.configuration());
    }

    @Test
    void a_session_directory_of_somebody_else_does_not_count(@TempDir Path session) {
        assertEquals(
                Path.of("/tmp/mayfly-4000000000"),
                paths(SOMEBODY, "XDG_RUNTIME_DIR", session.toString()).runtime());
    }

    @Test
    void one_variable_names_the_only_place() {
        assertEquals(Path.of("/x"), paths(0, "MAYFLY_RUNTIME_DIR", "/x").runtime());
        assertEquals(Path.of("/x"), paths(SOMEBODY, "MAYFLY_RUNTIME_DIR", "/x").runtime());
    }
}
