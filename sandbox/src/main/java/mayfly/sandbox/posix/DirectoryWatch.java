package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;

import java.nio.ByteBuffer;
import mayfly.sandbox.Bytes;

/** Tells when entries of one directory come, go, or change owner or mode (inotify(7)). For one thread. */
public final class DirectoryWatch implements AutoCloseable {
    private static final int EVENTS_BYTES = 4096;

    private final int fd;
    private final ByteBuffer events = ByteBuffer.allocateDirect(EVENTS_BYTES);

    public DirectoryWatch(Bytes directory) throws PosixException {
        fd = check(LIBC.inotify_init1(Linux.IN_CLOEXEC | Linux.IN_NONBLOCK), "inotify_init1");
        int what = Linux.IN_CREATE | Linux.IN_DELETE | Linux.IN_MOVED_FROM | Linux.IN_MOVED_TO | Linux.IN_ATTRIB;
        try {
            check(LIBC.inotify_add_watch(fd, Native.cString(directory), what | Linux.IN_ONLYDIR), "inotify_add_watch");
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** To be watched for {@code Linux.EPOLLIN}. */
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
