package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Accounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServicePlacesTest {
    private static Map<Bytes, Bytes> session(Path directory) {
        return Map.of(Bytes.utf8("XDG_RUNTIME_DIR"), Bytes.utf8(directory.toString()));
    }

    @Test
    void a_user_tries_the_system_s_service_first() {
        assertEquals(
                List.of(Bytes.utf8("/run/mayfly"), Bytes.utf8("/tmp/mayfly-1")), ServicePlaces.forClient(1, Map.of()));
    }

    @Test
    void root_has_the_system_s_only() {
        assertEquals(List.of(Bytes.utf8("/run/mayfly")), ServicePlaces.forClient(0, Map.of()));
    }

    @Test
    void a_session_directory_counts_when_it_is_a_directory_of_the_user_s(@TempDir Path directory) throws IOException {
        long uid = Accounts.effectiveUid();
        assertEquals(Bytes.utf8(directory + "/mayfly"), ServicePlaces.ofUser(uid, session(directory)));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertEquals(Bytes.utf8("/tmp/mayfly-" + uid), ServicePlaces.ofUser(uid, session(link)));
        assertEquals(Bytes.utf8("/tmp/mayfly-7"), ServicePlaces.ofUser(7, session(directory)));
        assertEquals(Bytes.utf8("/tmp/mayfly-7"), ServicePlaces.ofUser(7, session(Path.of("relative"))));
    }
}
