package mayfly.sandbox.posix;

/**
 * Waits for events on many descriptors; level-triggered. By epoll(7) on Linux, by kqueue(2) on FreeBSD. For one thread at a
 * time, except that a descriptor's events may end (by close) in any thread.
 */
public final class Poller implements AutoCloseable {
    /** What can happen to a descriptor, and what to wait for: sums of these. Numbered as Linux does. */
    public static final int IN = Linux.EPOLLIN;

    /** On Linux only. */
    public static final int PRIORITY = Linux.EPOLLPRI;

    public static final int OUT = Linux.EPOLLOUT;

    /** Told unasked, as the next one. On FreeBSD only of descriptors that are watched for something. */
    public static final int ERROR = Linux.EPOLLERR;

    public static final int HANGUP = Linux.EPOLLHUP;

    /** The other end of a socket sends no more. */
    public static final int PEER_CLOSED = Linux.EPOLLRDHUP;

    private final EventQueue queue;

    /** At most {@code capacity} events are returned by one {@link #await}. */
    public Poller(int capacity) throws PosixException {
        this.queue = Kernel.IS_FREEBSD ? new KqueueQueue(capacity) : new EpollQueue(capacity);
    }

    /** Watches for {@code events}, a sum of the constants above, and tells them by {@code key}: one for each descriptor. */
    public void add(int watched, int events, long key) throws PosixException {
        queue.add(watched, events, key);
    }

    public void modify(int watched, int events, long key) throws PosixException {
        queue.modify(watched, events, key);
    }

    public void remove(int watched) throws PosixException {
        queue.remove(watched);
    }

    /**
     * Waits until something happens.
     *
     * @param timeoutMillis -1: for ever
     * @return how many descriptors have events; 0 after the time and when a signal came
     */
    public int await(int timeoutMillis) throws PosixException {
        return queue.await(timeoutMillis);
    }

    /** What happened to the descriptor of the given index. */
    public int events(int index) {
        return queue.events(index);
    }

    public long key(int index) {
        return queue.key(index);
    }

    @Override
    public void close() {
        queue.close();
    }
}
