package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;

/** A filesystem in a sparse file, mounted as long as this is open. */
final class LoopDisk implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int OUTPUT = 4096;
    private static final long SIZE = 512L << 20;

    private final Path directory;

    private LoopDisk(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes and mounts one.
     *
     * @param kind {@code btrfs}, {@code xfs}, {@code ext4}
     * @param options of mount(8)
     */
    static LoopDisk in(Path temporary, String kind, String options) throws IOException {
        assumeTrue(Accounts.effectiveUid() == 0, "only root can mount a " + kind);
        assumeTrue(Files.exists(Path.of("/usr/sbin/mkfs." + kind)), "mkfs." + kind + " is not installed");
        Path image = temporary.resolve(kind + ".image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        run(Program.at("/usr/sbin/mkfs." + kind)
                .with(kind.equals("ext4") ? "-q" : "-f")
                .with(NativePath.bytes(image)));
        Path directory = Files.createDirectory(temporary.resolve(kind));
        run(Program.at("/usr/bin/mount")
                .with("-t", kind, "-o", "loop," + options)
                .with(NativePath.bytes(image), NativePath.bytes(directory)));
        return new LoopDisk(directory);
    }

    private static void run(Program program) throws IOException {
        Program.Result result = program.run(LIMIT, OUTPUT);
        if (!result.succeeded()) {
            throw new IOException(result.failure());
        }
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        run(Program.at("/usr/bin/umount").with(NativePath.bytes(directory)));
    }
}
