package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import mayfly.sandbox.posix.Descriptors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
    private final ClonesDirectory clones;

    LockFileTest(@TempDir Path directory) throws IOException {
        clones = new ClonesDirectory(directory.resolve("clones"), Transition.Listener.none());
    }

    private OptionalLong owner(Clone used) throws IOException {
        int lock = clones.openLock(used);
        try {
            return LockFile.owner(lock);
        } finally {
            Descriptors.close(lock);
        }
    }

    @Test
    void it_says_whose_sandbox_it_is_in_the_room_that_it_has() throws IOException {
        Clone used = clones.makeUsed();
        Path file = Path.of(clones.lockFile(used).text());
        long room = Files.size(file);
        assertEquals(OptionalLong.empty(), owner(used));
        for (long uid : new long[] {4_294_967_295L, 0, 1000}) {
            LockFile.write(clones, used, uid);
            assertEquals(OptionalLong.of(uid), owner(used));
            assertEquals(room, Files.size(file));
        }
    }

    @Test
    void what_is_no_number_is_nobody() throws IOException {
        Clone used = clones.makeUsed();
        Files.writeString(Path.of(clones.lockFile(used).text()), "-1");
        assertEquals(OptionalLong.empty(), owner(used));
        Files.delete(Path.of(clones.lockFile(used).text()));
        assertThrows(IOException.class, () -> LockFile.write(clones, used, 1));
    }
}
