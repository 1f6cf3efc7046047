package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlockSharingTest {
    @TempDir
    private Path temporary = Path.of("/");

    @Test
    void copies_share_blocks_within_one_xfs_and_not_on_ext4() throws IOException {
        try (LoopDisk xfs = LoopDisk.in(temporary, "xfs", "nosuid");
                LoopDisk ext4 = LoopDisk.in(temporary, "ext4", "nosuid")) {
            Path sharing = xfs.directory();
            Path copying = ext4.directory();
            assertEquals(Optional.empty(), BlockSharing.hindrance(sharing, sharing.resolve("not/yet")));
            assertEquals(Optional.of("ext4 without reflink"), BlockSharing.hindrance(copying, copying));
            assertEquals(Optional.of(sharing + " is on another filesystem"), BlockSharing.hindrance(copying, sharing));
            try (Stream<Path> left = Files.list(sharing)) {
                assertEquals(List.of(), left.toList());
            }
        }
    }
}
