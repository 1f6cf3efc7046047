package mayfly.sandbox.posix;

/** How a system tells of events: what {@link Poller} says of its methods holds here too. */
sealed interface EventQueue extends AutoCloseable permits EpollQueue, KqueueQueue {
    void add(int watched, int events, long key) throws PosixException;

    void modify(int watched, int events, long key) throws PosixException;

    void remove(int watched) throws PosixException;

    int await(int timeoutMillis) throws PosixException;

    int events(int index);

    long key(int index);

    @Override
    void close();
}
