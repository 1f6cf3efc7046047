package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import jnr.ffi.Pointer;
import mayfly.sandbox.Bytes;

/** What {@link Processes} asks of FreeBSD's kernel, where Linux has pidfds and /proc. */
final class FreeBsdProcesses {
    private static final int MOST_BYTES = 1 << 20;
    private static final short POLLIN = 1;
    private static final int POLLFD_BYTES = 8;

    private FreeBsdProcesses() {}

    /** A queue in which there is one event from the process's end on, which nobody takes out. */
    static int watch(int pid) throws PosixException {
        int queue = KqueueQueue.open();
        Pointer change = Native.allocate(KernelEvent.BYTES);
        new KernelEvent(pid, FreeBsd.EVFILT_PROC, FreeBsd.EV_ADD, FreeBsd.NOTE_EXIT, 0, 0).write(change);
        if (LIBC.kevent(queue, change.address(), 1, 0, 0, 0) < 0) {
            PosixException failure = failure(errno(), "kevent");
            Descriptors.close(queue);
            throw failure;
        }
        return queue;
    }

    /** Whether the process that such a queue is about has ended. */
    static boolean hasEnded(int queue) throws PosixException {
        Pointer asked = Native.allocate(POLLFD_BYTES);
        asked.putInt(0, queue);
        asked.putShort(Integer.BYTES, POLLIN);
        int result;
        do {
            result = LIBC.poll(asked.address(), 1, 0);
        } while (interrupted(result));
        return check(result, "poll") > 0;
    }

    /** Which process has this id now. Its start is counted from the machine's, as the clock can be set. */
    static Optional<ProcessIdentity> identity(int pid) throws PosixException {
        Optional<ProcessInfo> info = info(pid);
        return info.isEmpty()
                ? Optional.empty()
                : Optional.of(new ProcessIdentity(pid, info.get().start() - bootTime()));
    }

    /** In us since 1970, by the clock as it is set now. */
    private static long bootTime() throws PosixException {
        byte[] time = new byte[2 * Long.BYTES];
        read(time, FreeBsd.CTL_KERN, FreeBsd.KERN_BOOTTIME);
        ByteBuffer words = ByteBuffer.wrap(time).order(ByteOrder.nativeOrder());
        return words.getLong() * 1_000_000 + words.getLong();
    }

    /** Empty: there is no process of this id, or the caller may not see it. */
    static Optional<ProcessInfo> info(int pid) throws PosixException {
        byte[] info = new byte[ProcessInfo.BYTES];
        try {
            int size = read(info, FreeBsd.CTL_KERN, FreeBsd.KERN_PROC, FreeBsd.KERN_PROC_PID, pid);
            return size == info.length ? Optional.of(ProcessInfo.of(info)) : Optional.empty();
        } catch (PosixException e) {
            if (e.errno() == Kernel.ESRCH) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** This process's words, or variables: strings that each end with a NUL. */
    static Bytes strings(int kind) throws PosixException {
        byte[] strings = new byte[MOST_BYTES];
        int size = read(strings, FreeBsd.CTL_KERN, FreeBsd.KERN_PROC, kind, LIBC.getpid());
        return Bytes.of(Arrays.copyOf(strings, size));
    }

    /** This process's umask. */
    static int umask() throws PosixException {
        byte[] mask = new byte[Short.BYTES];
        read(mask, FreeBsd.CTL_KERN, FreeBsd.KERN_PROC, FreeBsd.KERN_PROC_UMASK, LIBC.getpid());
        return Short.toUnsignedInt(
                ByteBuffer.wrap(mask).order(ByteOrder.nativeOrder()).getShort());
    }

    /** @return how many bytes there are */
    private static int read(byte[] value, int... name) throws PosixException {
        long[] size = {value.length};
        check(LIBC.sysctl(name, name.length, value, size, 0, 0), "sysctl");
        return (int) size[0];
    }
}
