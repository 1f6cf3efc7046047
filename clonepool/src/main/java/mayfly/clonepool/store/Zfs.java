package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import mayfly.sandbox.posix.Kernel;

/** The program zfs(8) for the datasets of one pool. Thread-safe. */
final class Zfs {
    /** What can be done where there is no ZFS. */
    static final String INSTALL = Kernel.IS_FREEBSD
            ? "load the kernel module zfs: kldload zfs"
            : "install zfsutils-linux, and load the kernel module zfs";

    /** How long a program, or a call of the library, may take. */
    static final Duration LIMIT = Duration.ofMinutes(1);

    private static final int OUTPUT_BYTES = 4 << 20;
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/sbin/zfs"), Path.of("/sbin/zfs"), Path.of("/usr/local/sbin/zfs"));
    private static final Pattern OBJECT = Pattern.compile("^cannot [^']*'[^']*': ");

    private final String pool;

    /** @param dataset any dataset of the pool */
    Zfs(String dataset) {
        this.pool = pool(dataset);
    }

    /** The pool of a dataset. */
    static String pool(String dataset) {
        int slash = dataset.indexOf('/');
        return slash < 0 ? dataset : dataset.substring(0, slash);
    }

    /** What the program printed. A failure's message is the reason alone. */
    String run(String... words) throws IOException {
        checkPool(pool);
        Program.Result result = Program.at(path()).with(words).run(LIMIT, OUTPUT_BYTES);
        if (result.end().isEmpty()) {
            throw new IOException("zfs took longer than " + LIMIT.toSeconds() + " s in the pool " + pool);
        }
        if (!result.succeeded()) {
            String failure = result.failure();
            throw new StoreException(OBJECT.matcher(failure).replaceFirst(""), "");
        }
        if (!result.isWhole()) {
            throw new IOException("zfs " + words[0] + " says more than " + OUTPUT_BYTES + " bytes");
        }
        return result.output().text();
    }

    /** Whatever asks a suspended pool for something waits until somebody resumes it. */
    static void checkPool(String pool) throws IOException {
        Path state = Path.of("/proc/spl/kstat/zfs", pool, "state");
        if (Files.exists(state) && Files.readString(state).strip().equals("SUSPENDED")) {
            throw new StoreException(
                    "the pool " + pool + " is suspended", "zpool status " + pool + " says why; zpool clear resumes it");
        }
    }

    private static String path() throws IOException {
        for (Path place : PLACES) {
            if (Files.isExecutable(place)) {
                return place.toString();
            }
        }
        throw new StoreException("zfs is not installed", INSTALL);
    }
}
