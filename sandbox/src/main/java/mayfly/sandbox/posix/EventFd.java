package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Wakes a thread that waits in {@link Poller}. Any thread may signal; one drains. */
public final class EventFd implements AutoCloseable {
    private final int fd;
    private final ByteBuffer counter = ByteBuffer.allocateDirect(Long.BYTES);

    public EventFd() throws PosixException {
        // EFD_CLOEXEC and EFD_NONBLOCK are these numbers, on FreeBSD (since 13) too.
        fd = check(LIBC.eventfd(0, Kernel.O_CLOEXEC | Kernel.O_NONBLOCK), "eventfd");
    }

    /** To be watched for {@link Poller#IN}. */
    public int fd() {
        return fd;
    }

    /** Makes the descriptor readable until it is drained. */
    public void signal() throws PosixException {
        ByteBuffer one = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
        Descriptors.write(fd, one.putLong(0, 1));
    }

    public void drain() throws PosixException {
        Descriptors.read(fd, counter.clear());
    }

    @Override
    public void close() {
        Descriptors.close(fd);
    }
}
