package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryWatchTest {
    @TempDir
    Path temporary = Path.of("/");

    private static int events(DirectoryWatch watch) throws IOException {
        try (Poller poller = new Poller(1)) {
            poller.add(watch.fd(), Poller.IN, 0);
            int count = poller.await(0);
            watch.drain();
            return count;
        }
    }

    @Test
    void what_happens_in_watched_directories_is_told_and_nothing_else() throws IOException {
        Path one = Files.createDirectory(temporary.resolve("one"));
        Path other = Files.createDirectory(temporary.resolve("other"));
        try (DirectoryWatch watch = new DirectoryWatch()) {
            assertTrue(watch.watch(Set.of(NativePath.bytes(one), NativePath.bytes(temporary.resolve("missing")))));
            Files.createFile(other.resolve("file"));
            assertEquals(0, events(watch));
            Files.createFile(one.resolve("file"));
            assertEquals(1, events(watch));
            assertFalse(watch.watch(Set.of(NativePath.bytes(one))));
            assertTrue(watch.watch(Set.of(NativePath.bytes(other))));
            events(watch);
            Files.delete(one.resolve("file"));
            assertEquals(0, events(watch));
            Files.delete(other.resolve("file"));
            assertEquals(1, events(watch));
        }
    }

    @Test
    void a_directory_in_place_of_another_is_watched() throws IOException {
        Path directory = Files.createDirectory(temporary.resolve("directory"));
        try (DirectoryWatch watch = new DirectoryWatch()) {
            watch.watch(Set.of(NativePath.bytes(directory)));
            Files.delete(directory);
            Files.createDirectory(directory);
            assertTrue(watch.watch(Set.of(NativePath.bytes(directory))));
            events(watch);
            Files.createFile(directory.resolve("file"));
            assertEquals(1, events(watch));
        }
    }
}
