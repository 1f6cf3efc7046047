package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.cString;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import mayfly.sandbox.Bytes;

/** What can be done with file descriptors of any kind. */
public final class Descriptors {
    private static final long LOCK_PAUSE_MS = 10;

    private Descriptors() {}

    /** Opens a file, close-on-exec. {@code flags} is a sum of {@code Kernel.O_…}. */
    public static int open(Bytes path, int flags, int mode) throws PosixException {
        byte[] name = cString(path);
        int fd;
        do {
            fd = LIBC.open(name, flags | Kernel.O_CLOEXEC, mode);
        } while (interrupted(fd));
        return check(fd, "open");
    }

    /** Closes a descriptor. What a file system reports late, at close, is not reported. */
    public static void close(int fd) {
        LIBC.close(fd);
    }

    /** A pipe: the reading end, then the writing end. */
    public static int[] pipe() throws PosixException {
        int[] ends = new int[2];
        check(LIBC.pipe2(ends, Kernel.O_CLOEXEC), "pipe2");
        return ends;
    }

    /** Another descriptor, at least {@code lowest}, for what {@code fd} is. */
    public static int duplicate(int fd, int lowest) throws PosixException {
        return check(LIBC.fcntl(fd, Kernel.F_DUPFD_CLOEXEC, lowest), "fcntl");
    }

    /** Makes a certain number, whatever it was before, another descriptor for what {@code fd} is; children inherit it. */
    public static void replace(int number, int fd) throws PosixException {
        int result;
        do {
            result = LIBC.dup2(fd, number);
        } while (interrupted(result));
        check(result, "dup2");
    }

    /** Whether there is a descriptor of this number. */
    public static boolean isOpen(int fd) {
        return LIBC.fcntl(fd, Kernel.F_GETFD, 0) >= 0;
    }

    public static void setCloseOnExec(int fd) throws PosixException {
        check(LIBC.fcntl(fd, Kernel.F_SETFD, Kernel.FD_CLOEXEC), "fcntl");
    }

    /** Changes the open file, which other descriptors and processes may share. */
    public static void setNonBlocking(int fd, boolean on) throws PosixException {
        int flags = check(LIBC.fcntl(fd, Kernel.F_GETFL, 0), "fcntl");
        check(LIBC.fcntl(fd, Kernel.F_SETFL, on ? flags | Kernel.O_NONBLOCK : flags & ~Kernel.O_NONBLOCK), "fcntl");
    }

    /**
     * Reads into the buffer at its position, which moves.
     *
     * @return the number of bytes; 0 at the end; -1 when a non-blocking descriptor has none now
     */
    public static int read(int fd, ByteBuffer buffer) throws PosixException {
        long count;
        do {
            count = LIBC.read(fd, buffer, buffer.remaining());
        } while (interrupted(count));
        if (count < 0) {
            return wouldBlock("read");
        }
        buffer.position(buffer.position() + (int) count);
        return (int) count;
    }

    /**
     * Writes what the buffer has from its position on, which moves. A pipe without readers is an exception: the JVM
     * has SIGPIPE handled.
     *
     * @return the number of bytes; -1 when a non-blocking descriptor takes none now
     */
    public static int write(int fd, ByteBuffer buffer) throws PosixException {
        long count;
        do {
            count = LIBC.write(fd, buffer, buffer.remaining());
        } while (interrupted(count));
        if (count < 0) {
            return wouldBlock("write");
        }
        buffer.position(buffer.position() + (int) count);
        return (int) count;
    }

    /** Writes all of the buffer to a blocking descriptor. */
    public static void writeFully(int fd, ByteBuffer buffer) throws PosixException {
        while (buffer.hasRemaining()) {
            if (write(fd, buffer) < 0) {
                throw failure(Kernel.EAGAIN, "write");
            }
        }
    }

    /** Waits for the exclusive lock flock(2) of the open file. */
    public static void lock(int fd) throws PosixException {
        int result;
        do {
            result = LIBC.flock(fd, Kernel.LOCK_EX);
        } while (interrupted(result));
        check(result, "flock");
    }

    /** Takes the exclusive lock flock(2) of the open file; false when another one has it. */
    public static boolean tryLock(int fd) throws PosixException {
        if (LIBC.flock(fd, Kernel.LOCK_EX | Kernel.LOCK_NB) < 0) {
            if (errno() == Kernel.EAGAIN) {
                return false;
            }
            throw failure(errno(), "flock");
        }
        return true;
    }

    /**
     * The same, but waits for who has it: for at most so long, and as long as that makes sense.
     *
     * @throws IOException also when this thread is interrupted
     */
    public static boolean tryLock(int fd, Duration limit, BooleanSupplier makesSense) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!tryLock(fd)) {
            if (!makesSense.getAsBoolean() || System.nanoTime() - deadline > 0) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOCK_PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        return true;
    }

    public static void unlock(int fd) throws PosixException {
        check(LIBC.flock(fd, Kernel.LOCK_UN), "flock");
    }

    /** A file in memory that nobody can change any more; on Linux it can be executed as {@code /proc/self/fd/N}. */
    public static int sealedMemory(Bytes name, ByteBuffer content) throws PosixException {
        byte[] cName = cString(name);
        int flags = Kernel.MFD_CLOEXEC | Kernel.MFD_ALLOW_SEALING;
        int fd = LIBC.memfd_create(cName, flags | Linux.MFD_EXEC);
        if (fd < 0
                && errno()
                        == Kernel.EINVAL) { // MFD_EXEC: since Linux 6.3; before, all could be executed; FreeBSD: none
            fd = LIBC.memfd_create(cName, flags);
        }
        check(fd, "memfd_create");
        try {
            writeFully(fd, content);
            check(LIBC.fcntl(fd, Kernel.F_ADD_SEALS, Kernel.F_SEAL_ALL), "fcntl");
            return fd;
        } catch (PosixException e) {
            close(fd);
            throw e;
        }
    }

    /** A file in memory, of zeros, whose size nobody can change. */
    public static int memory(Bytes name, int size) throws PosixException {
        int fd = check(LIBC.memfd_create(cString(name), Kernel.MFD_CLOEXEC | Kernel.MFD_ALLOW_SEALING), "memfd_create");
        try {
            check(LIBC.ftruncate(fd, size), "ftruncate");
            check(LIBC.fcntl(fd, Kernel.F_ADD_SEALS, Kernel.F_SEAL_SIZE), "fcntl");
            return fd;
        } catch (PosixException e) {
            close(fd);
            throw e;
        }
    }

    /**
     * A file in memory that every write makes longer, whoever has it. On FreeBSD, as far as all that have it have it from one
     * another.
     */
    public static int growingMemory(Bytes name) throws PosixException {
        int fd = check(LIBC.memfd_create(cString(name), Kernel.MFD_CLOEXEC), "memfd_create");
        try {
            check(LIBC.fcntl(fd, Kernel.F_SETFL, Kernel.O_APPEND), "fcntl");
            return fd;
        } catch (PosixException e) {
            close(fd);
            throw e;
        }
    }

    /** The byte at this offset of a file, 0 to 255; -1: the file ends before. */
    public static int byteAt(int fd, long offset) throws PosixException {
        byte[] one = new byte[1];
        long count;
        do {
            count = LIBC.pread(fd, one, 1, offset);
        } while (interrupted(count));
        return check((int) count, "pread") == 0 ? -1 : one[0] & 0xFF;
    }

    /** Has what is read next from the open file, by whoever has it, be its beginning. */
    public static void rewind(int fd) throws PosixException {
        if (LIBC.lseek(fd, 0, 0) < 0) {
            throw failure(errno(), "lseek");
        }
    }

    /** What a file holds now, up to so many bytes of it, wherever those who have it are reading. */
    public static Bytes content(int fd, int limit) throws PosixException {
        byte[] bytes = new byte[limit];
        long count;
        do {
            count = LIBC.pread(fd, bytes, limit, 0);
        } while (interrupted(count));
        return Bytes.of(Arrays.copyOf(bytes, check((int) count, "pread")));
    }

    /** Cuts a file off after so many bytes. */
    public static void truncate(int fd, long length) throws PosixException {
        check(LIBC.ftruncate(fd, length), "ftruncate");
    }

    private static int wouldBlock(String function) throws PosixException {
        int errno = errno();
        if (errno == Kernel.EAGAIN) {
            return -1;
        }
        throw failure(errno, function);
    }
}
