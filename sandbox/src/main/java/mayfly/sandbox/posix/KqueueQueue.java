package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;

import jnr.ffi.Pointer;

/** FreeBSD's kqueue(2). */
final class KqueueQueue implements EventQueue {
    private static final int TIME_BYTES = 16;

    private final int fd;
    private final int capacity;
    private final Pointer ready;
    private final Pointer change = Native.allocate(KernelEvent.BYTES);
    private final Pointer time = Native.allocate(TIME_BYTES);
    private final long[] keys;
    private final int[] events;

    KqueueQueue(int capacity) throws PosixException {
        this.capacity = capacity;
        this.ready = Native.allocate(capacity * KernelEvent.BYTES);
        this.keys = new long[capacity];
        this.events = new int[capacity];
        this.fd = open();
    }

    /** A queue, close-on-exec; a child made by fork has none of them in any case. */
    static int open() throws PosixException {
        int fd = check(LIBC.kqueue(), "kqueue");
        try {
            Descriptors.setCloseOnExec(fd);
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    @Override
    public void add(int watched, int wanted, long key) throws PosixException {
        for (KernelEvent each : KernelEvent.changes(watched, wanted, key)) {
            each.write(change);
            if (LIBC.kevent(fd, change.address(), 1, 0, 0, 0) < 0 && !(each.deletes() && errno() == Kernel.ENOENT)) {
                throw Native.failure(errno(), "kevent");
            }
        }
    }

    @Override
    public void modify(int watched, int wanted, long key) throws PosixException {
        add(watched, wanted, key);
    }

    @Override
    public void remove(int watched) throws PosixException {
        add(watched, 0, 0);
    }

    @Override
    public int await(int timeoutMillis) throws PosixException {
        time.putLong(0, timeoutMillis / 1000);
        time.putLong(Long.BYTES, timeoutMillis % 1000 * 1_000_000L);
        int count = LIBC.kevent(fd, 0, 0, ready.address(), capacity, timeoutMillis < 0 ? 0 : time.address());
        return count < 0 && errno() == Kernel.EINTR ? 0 : collect(ready, check(count, "kevent"), keys, events);
    }

    /** A descriptor that can be read and written has two events: one is made of them. How many there are then. */
    static int collect(Pointer ready, int count, long[] keys, int[] events) {
        int collected = 0;
        for (int i = 0; i < count; i++) {
            KernelEvent event = KernelEvent.read(ready, i);
            int at = 0;
            while (at < collected && keys[at] != event.key()) {
                at++;
            }
            if (at == collected) {
                keys[collected] = event.key();
                events[collected++] = 0;
            }
            events[at] |= event.events();
        }
        return collected;
    }

    @Override
    public int events(int index) {
        return events[index];
    }

    @Override
    public long key(int index) {
        return keys[index];
    }

    @Override
    public void close() {
        Descriptors.close(fd);
    }
}
