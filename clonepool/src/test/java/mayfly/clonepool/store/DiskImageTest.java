package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.ProcessEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskImageTest {
    private static Program.Result ended(ProcessEnd end) {
        return new Program.Result(Optional.of(end), Bytes.empty(), true, Bytes.utf8("e2fsck: no memory\n"));
    }

    @Test
    void only_what_e2fsck_says_to_be_beyond_repair_is() throws StoreException {
        for (int status : new int[] {0, 1, 2, 3}) {
            assertTrue(DiskImage.isRepaired(ended(new ProcessEnd.Exited(status))));
        }
        for (int status : new int[] {4, 5, 6, 7}) {
            assertFalse(DiskImage.isRepaired(ended(new ProcessEnd.Exited(status))));
        }
    }

    @Test
    void what_has_lost_its_superblock_is_no_filesystem_any_more(@TempDir Path temporary) throws IOException {
        Path file = Files.write(temporary.resolve("image"), new byte[4 << 20]);
        assertFalse(DiskImage.isFilesystem(file));
        assertTrue(Program.at("/usr/sbin/mkfs.ext4")
                .with("-q", "-F", file.toString())
                .run(Duration.ofMinutes(1), 1000)
                .succeeded());
        assertTrue(DiskImage.isFilesystem(file));
        assertFalse(DiskImage.isFilesystem(Files.createFile(temporary.resolve("empty"))));
    }

    @Test
    void an_image_that_could_not_be_checked_is_kept() {
        for (ProcessEnd end : new ProcessEnd[] {
            new ProcessEnd.Exited(8),
            new ProcessEnd.Exited(12),
            new ProcessEnd.Exited(16),
            new ProcessEnd.Exited(32),
            new ProcessEnd.Killed(9)
        }) {
            StoreException failure = assertThrows(StoreException.class, () -> DiskImage.isRepaired(ended(end)));
            assertEquals("it cannot be checked with e2fsck: e2fsck: no memory", failure.getMessage());
        }
        Program.Result late = new Program.Result(Optional.empty(), Bytes.empty(), true, Bytes.empty());
        assertEquals(
                "it cannot be checked with e2fsck: it took too long",
                assertThrows(StoreException.class, () -> DiskImage.isRepaired(late))
                        .getMessage());
    }
}
