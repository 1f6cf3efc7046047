package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryLocksTest {
    @TempDir
    private Path temporary = Path.of("/");

    @Test
    void one_service_at_a_time_uses_a_directory_of_clones() throws IOException, RefusedException {
        Path clones = Files.createDirectory(temporary.resolve("clones"));
        try (DirectoryLocks first = new DirectoryLocks();
                DirectoryLocks second = new DirectoryLocks()) {
            first.take(clones);
            first.take(clones);
            RefusedException refusal = assertThrows(RefusedException.class, () -> second.take(clones));
            assertEquals(
                    "cannot use the clones directory " + clones + ": another service uses it", refusal.getMessage());
            first.close();
            second.take(clones);
        }
    }
}
