package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;

/**
 * Keeps other services out of the directories of clones that one service uses, by flock(2), until it is closed: they would
 * destroy each other's clones. For one thread.
 */
public final class DirectoryLocks implements AutoCloseable {
    private static final int PRIVATE_FILE = 0600;

    /** How long a service that was killed may take to be gone. */
    private static final Duration ENDING = Duration.ofSeconds(2);

    private final Map<Path, Integer> held = new HashMap<>();

    /**
     * Takes the lock of a directory, a file beside it.
     *
     * @param directory exists; an absolute path without links
     * @throws RefusedException when another service has it
     */
    void take(Path directory) throws RefusedException, IOException {
        if (held.containsKey(directory)) {
            return;
        }
        Path file = directory.resolveSibling(directory.getFileName() + ".lock");
        int lock;
        try {
            lock = Descriptors.open(
                    NativePath.bytes(file), Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_NOFOLLOW, PRIVATE_FILE);
        } catch (PosixException e) {
            throw new IOException(e.reason() + " (" + file + ")", e);
        }
        boolean taken = false;
        try {
            taken = Descriptors.tryLock(lock, ENDING, () -> true);
        } finally {
            if (!taken) {
                Descriptors.close(lock);
            }
        }
        if (!taken) {
            throw new RefusedException(
                    "cannot use the clones directory " + directory + ": another service uses it",
                    "end that one, or give this one another --data-dir, and clones = \"…\" where templates name one");
        }
        held.put(directory, lock);
    }

    @Override
    public void close() {
        held.values().forEach(Descriptors::close);
        held.clear();
    }
}
