package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;

import jnr.ffi.Pointer;

/**
 * Waits for events on many descriptors; level-triggered. For one thread at a time, except that a descriptor's events
 * may end (by close) in any thread.
 */
public final class Epoll implements AutoCloseable {
    private final int fd;
    private final int capacity;
    private final Pointer ready;
    private final Pointer change = Native.allocate(Linux.EPOLL_EVENT_SIZE);

    /** At most {@code capacity} events are returned by one {@link #await}. */
    public Epoll(int capacity) throws PosixException {
        this.capacity = capacity;
        this.ready = Native.allocate(capacity * Linux.EPOLL_EVENT_SIZE);
        this.fd = check(LIBC.epoll_create1(Linux.O_CLOEXEC), "epoll_create1");
    }

    /** Watches for {@code events}, a sum of {@code Linux.EPOLL…}, and tells them by {@code key}. */
    public void add(int watched, int events, long key) throws PosixException {
        control(Linux.EPOLL_CTL_ADD, watched, events, key);
    }

    public void modify(int watched, int events, long key) throws PosixException {
        control(Linux.EPOLL_CTL_MOD, watched, events, key);
    }

    public void remove(int watched) throws PosixException {
        control(Linux.EPOLL_CTL_DEL, watched, 0, 0);
    }

    /**
     * Waits until something happens.
     *
     * @param timeoutMillis -1: for ever
     * @return how many descriptors have events; 0 after the time and when a signal came
     */
    public int await(int timeoutMillis) throws PosixException {
        int count = LIBC.epoll_wait(fd, ready.address(), capacity, timeoutMillis);
        return count < 0 && errno() == Linux.EINTR ? 0 : check(count, "epoll_wait");
    }

    /** What happened to the descriptor of the given index. */
    public int events(int index) {
        return ready.getInt((long) index * Linux.EPOLL_EVENT_SIZE);
    }

    public long key(int index) {
        return ready.getLong((long) index * Linux.EPOLL_EVENT_SIZE + Linux.EPOLL_DATA_OFFSET);
    }

    @Override
    public void close() {
        Descriptors.close(fd);
    }

    private void control(int operation, int watched, int events, long key) throws PosixException {
        change.putInt(0, events);
        change.putLong(Linux.EPOLL_DATA_OFFSET, key);
        check(LIBC.epoll_ctl(fd, operation, watched, change.address()), "epoll_ctl");
    }
}
