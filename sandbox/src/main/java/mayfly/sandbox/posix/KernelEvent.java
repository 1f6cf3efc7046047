package mayfly.sandbox.posix;

import jnr.ffi.Pointer;

/**
 * FreeBSD's {@code struct kevent} (sys/event.h, since 12).
 *
 * @param ident what it is about: a descriptor, a process
 * @param filter {@code EVFILT_…}
 * @param flags {@code EV_…}
 * @param filterFlags {@code NOTE_…}
 * @param data the filter's own; the error's number where a change failed
 * @param key given back unchanged
 */
record KernelEvent(long ident, int filter, int flags, int filterFlags, long data, long key) {
    static final int BYTES = 64;

    private static final int FILTER = 8;
    private static final int FLAGS = 10;
    private static final int FILTER_FLAGS = 12;
    private static final int DATA = 16;
    private static final int KEY = 24;

    static KernelEvent read(Pointer memory, int index) {
        long at = (long) index * BYTES;
        return new KernelEvent(
                memory.getLong(at),
                memory.getShort(at + FILTER),
                Short.toUnsignedInt(memory.getShort(at + FLAGS)),
                memory.getInt(at + FILTER_FLAGS),
                memory.getLong(at + DATA),
                memory.getLong(at + KEY));
    }

    /** At the beginning; what comes behind the key are extensions, which are 0. */
    void write(Pointer memory) {
        memory.putLong(0, ident);
        memory.putShort(FILTER, (short) filter);
        memory.putShort(FLAGS, (short) flags);
        memory.putInt(FILTER_FLAGS, filterFlags);
        memory.putLong(DATA, data);
        memory.putLong(KEY, key);
    }

    /**
     * The changes that have a descriptor watched for these events of {@link Poller}, and for no others. The kernel knows
     * two filters of each; one that was not there cannot be deleted.
     */
    static KernelEvent[] changes(int watched, int events, long key) {
        // Nothing but the end is to be told: more than any socket has, and the end is told in any case.
        boolean reads = (events & Poller.IN) != 0;
        boolean readEnd = reads || (events & Poller.PEER_CLOSED) != 0;
        boolean writes = (events & Poller.OUT) != 0;
        return new KernelEvent[] {
            new KernelEvent(
                    watched,
                    FreeBsd.EVFILT_READ,
                    readEnd ? FreeBsd.EV_ADD : FreeBsd.EV_DELETE,
                    reads || !readEnd ? 0 : FreeBsd.NOTE_LOWAT,
                    reads || !readEnd ? 0 : Integer.MAX_VALUE,
                    key),
            new KernelEvent(watched, FreeBsd.EVFILT_WRITE, writes ? FreeBsd.EV_ADD : FreeBsd.EV_DELETE, 0, 0, key),
        };
    }

    boolean deletes() {
        return (flags & FreeBsd.EV_DELETE) != 0;
    }

    /** What it tells, as {@link Poller} does. */
    int events() {
        boolean end = (flags & FreeBsd.EV_EOF) != 0;
        if (filter == FreeBsd.EVFILT_WRITE) {
            return end ? Poller.OUT | Poller.ERROR | Poller.HANGUP : Poller.OUT;
        }
        return end ? Poller.IN | Poller.PEER_CLOSED | Poller.HANGUP : Poller.IN;
    }
}
