package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;

import jnr.ffi.Pointer;

/** Linux's epoll(7). */
final class EpollQueue implements EventQueue {
    private final int fd;
    private final int capacity;
    private final Pointer ready;
    private final Pointer change = Native.allocate(Linux.EPOLL_EVENT_SIZE);

    EpollQueue(int capacity) throws PosixException {
        this.capacity = capacity;
        this.ready = Native.allocate(capacity * Linux.EPOLL_EVENT_SIZE);
        this.fd = check(LIBC.epoll_create1(Linux.O_CLOEXEC), "epoll_create1");
    }

    @Override
    public void add(int watched, int events, long key) throws PosixException {
        control(Linux.EPOLL_CTL_ADD, watched, events, key);
    }

    @Override
    public void modify(int watched, int events, long key) throws PosixException {
        control(Linux.EPOLL_CTL_MOD, watched, events, key);
    }

    @Override
    public void remove(int watched) throws PosixException {
        control(Linux.EPOLL_CTL_DEL, watched, 0, 0);
    }

    @Override
    public int await(int timeoutMillis) throws PosixException {
        int count = LIBC.epoll_wait(fd, ready.address(), capacity, timeoutMillis);
        return count < 0 && errno() == Kernel.EINTR ? 0 : check(count, "epoll_wait");
    }

    @Override
    public int events(int index) {
        return ready.getInt((long) index * Linux.EPOLL_EVENT_SIZE);
    }

    @Override
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
