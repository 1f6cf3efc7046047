package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import mayfly.sandbox.Bytes;

/** Tells when entries of some directories come, go, or change owner or mode (inotify(7)). On Linux only. For one thread. */
public final class DirectoryWatch implements AutoCloseable {
    private static final int EVENTS_BYTES = 4096;
    private static final int WHAT = Linux.IN_CREATE
            | Linux.IN_DELETE
            | Linux.IN_MOVED_FROM
            | Linux.IN_MOVED_TO
            | Linux.IN_ATTRIB
            | Linux.IN_ONLYDIR;

    private final int fd;
    private final ByteBuffer events = ByteBuffer.allocateDirect(EVENTS_BYTES);
    private final Map<Bytes, Integer> watched = new HashMap<>();

    /** Watches nothing yet. */
    public DirectoryWatch() throws PosixException {
        fd = check(LIBC.inotify_init1(Linux.IN_CLOEXEC | Linux.IN_NONBLOCK), "inotify_init1");
    }

    /**
     * Watches these directories from now on, and no others; those that cannot be watched are left out.
     *
     * @return whether one is watched that was not
     */
    public boolean watch(Set<Bytes> directories) {
        watched.entrySet().removeIf(entry -> {
            boolean over = !directories.contains(entry.getKey());
            if (over) {
                LIBC.inotify_rm_watch(fd, entry.getValue()); // fails if the directory is gone, and the watch with it
            }
            return over;
        });
        boolean more = false;
        for (Bytes directory : directories) {
            // For one that was replaced by another of the same name, this adds the new one.
            int watch = LIBC.inotify_add_watch(fd, Native.cString(directory), WHAT);
            if (watch >= 0) {
                Integer before = watched.put(directory, watch);
                more |= before == null || before != watch;
            }
        }
        return more;
    }

    /** To be watched for {@link Poller#IN}. */
    public int fd() {
        return fd;
    }

    /** Forgets what has happened so far. */
    public void drain() throws PosixException {
        int size;
        do {
            size = Descriptors.read(fd, events.clear());
        } while (size > 0);
    }

    @Override
    public void close() {
        Descriptors.close(fd);
    }
}
