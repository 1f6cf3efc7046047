package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.ProcessIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
    private static final LockFile.Holder UNKNOWN = new LockFile.Holder(OptionalLong.empty(), Optional.empty());

    private final ClonesDirectory clones;

    LockFileTest(@TempDir Path directory) throws IOException {
        clones = new ClonesDirectory(directory.resolve("clones"), Transition.Listener.none());
    }

    private LockFile.Holder read(Clone used) throws IOException {
        int lock = clones.openLock(used);
        try {
            return LockFile.read(lock);
        } finally {
            Descriptors.close(lock);
        }
    }

    @Test
    void it_says_whose_sandbox_it_is_in_the_room_that_it_has() throws IOException {
        Clone used = clones.makeUsed();
        Path file = Path.of(clones.lockFile(used).text());
        long room = Files.size(file);
        assertEquals(UNKNOWN, read(used));
        for (long uid : new long[] {4_294_967_295L, 0, 1000}) {
            for (LockFile.Holder holder : List.of(
                    LockFile.Holder.of(uid, Optional.of(new ProcessIdentity(4_194_304, 99_999_999_999L))),
                    LockFile.Holder.of(uid, Optional.of(new ProcessIdentity(2, 0))),
                    LockFile.Holder.of(uid, Optional.empty()))) {
                LockFile.write(clones, used, holder);
                assertEquals(holder, read(used));
                assertEquals(room, Files.size(file));
            }
        }
    }

    @Test
    void an_older_service_s_says_whose_it_is() throws IOException {
        Clone used = clones.makeUsed();
        Files.writeString(Path.of(clones.lockFile(used).text()), "1000            ");
        assertEquals(LockFile.Holder.of(1000, Optional.empty()), read(used));
    }

    @Test
    void what_is_no_number_is_nobody() throws IOException {
        Clone used = clones.makeUsed();
        for (String text : List.of("", "-1", "1000 7", "1000 7 8 9", "1000 x 8", "1000 9999999999 8", "10000000000")) {
            Files.writeString(Path.of(clones.lockFile(used).text()), text);
            assertEquals(UNKNOWN, read(used), text);
        }
        Files.delete(Path.of(clones.lockFile(used).text()));
        assertThrows(IOException.class, () -> LockFile.write(clones, used, LockFile.Holder.of(1, Optional.empty())));
    }
}
