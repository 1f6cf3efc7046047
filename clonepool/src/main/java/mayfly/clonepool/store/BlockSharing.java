package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Directory;
import mayfly.sandbox.posix.Kernel;

/** Whether copies of files share the files' blocks (FICLONE: btrfs, xfs with reflink=1), found out by trying. */
public final class BlockSharing {
    private static final int BYTES = 4096;

    private BlockSharing() {}

    /**
     * Why copies of a template are full ones; empty: they share blocks.
     *
     * @param base where the copies are to be; its nearest directory that exists counts
     */
    public static Optional<String> hindrance(Path template, Path base) {
        Path existing = base.toAbsolutePath();
        while (!Files.isDirectory(existing)) {
            existing = existing.resolveSibling("");
        }
        try {
            if (!Files.getFileStore(existing).equals(Files.getFileStore(template))
                    && !Files.getFileStore(existing)
                            .name()
                            .equals(Files.getFileStore(template).name())) {
                return Optional.of(base + " is on another filesystem");
            }
            return canShare(existing)
                    ? Optional.empty()
                    : Optional.of(Files.getFileStore(existing).type() + " without reflink");
        } catch (IOException e) {
            return Optional.of("it cannot be tried in " + existing + ": " + Failure.reason(e));
        }
    }

    private static boolean canShare(Path directory) throws IOException {
        Path from = Files.createTempFile(directory, ".mayfly-", ".try");
        try {
            Files.write(from, new byte[BYTES]);
            Path to = Files.createTempFile(directory, ".mayfly-", ".try");
            try {
                return canShare(from, to);
            } finally {
                Files.delete(to);
            }
        } finally {
            Files.delete(from);
        }
    }

    private static boolean canShare(Path from, Path to) throws IOException {
        int source = Descriptors.open(NativePath.bytes(from), Kernel.O_RDONLY, 0);
        try {
            int target = Descriptors.open(NativePath.bytes(to), Kernel.O_WRONLY, 0);
            try {
                return Directory.shareBlocks(source, target);
            } finally {
                Descriptors.close(target);
            }
        } finally {
            Descriptors.close(source);
        }
    }
}
