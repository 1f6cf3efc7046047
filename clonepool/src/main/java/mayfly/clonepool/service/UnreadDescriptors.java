package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;

/**
 * Sockets in which descriptors that a client has sent wait unread. Whoever closes one lets go of them, and of the last reference to
 * a file perhaps: that of a TCP socket with SO_LINGER, say, keeps a thread as long as its owner likes, but no process that ends. So a
 * child has them, many at a time, and ends. For the door's thread.
 */
final class UnreadDescriptors {
    private static final Duration DELAY = Duration.ofMillis(100);
    private static final int AT_ONCE = 64;
    private static final Bytes NOTHING = Bytes.utf8("/dev/null");
    private static final Bytes SHELL = Bytes.utf8("/bin/sh");

    /** Ends when nobody has the other end of its standard input. */
    private static final List<Bytes> WORDS = List.of(SHELL, Bytes.utf8("-c"), Bytes.utf8("read line"));

    private final Log log;
    private final List<Integer> sockets = new ArrayList<>();
    private long due;

    UnreadDescriptors(Log log) {
        this.log = log;
    }

    /** The socket is not the caller's any more. */
    void add(int socket, long now) {
        if (sockets.isEmpty()) {
            due = now + DELAY.toNanos();
        }
        sockets.add(socket);
        if (sockets.size() % AT_ONCE == 0) {
            letGo(now);
        }
    }

    /** Time until {@link #tick} has something to do, in ns. */
    long left(long now) {
        return sockets.isEmpty() ? Long.MAX_VALUE : Math.max(0, due - now);
    }

    void tick(long now) {
        if (left(now) == 0) {
            letGo(now);
        }
    }

    private void letGo(long now) {
        try {
            while (!sockets.isEmpty()) {
                letGo(sockets.subList(0, Math.min(AT_ONCE, sockets.size())));
            }
        } catch (IOException e) {
            log.line("cannot close sockets with descriptors of clients: " + Failure.reason(e) + "; tried again");
            due = now + DELAY.toNanos();
        }
    }

    private static void letGo(List<Integer> some) throws IOException {
        int[] ends = Sockets.pair();
        try {
            int nothing = Descriptors.open(NOTHING, Kernel.O_RDWR, 0);
            try {
                List<Integer> given = new ArrayList<>(List.of(ends[1], nothing, nothing));
                given.addAll(some);
                Processes.reapLater(new Spawn(SHELL, WORDS, List.of(), given, Optional.empty(), true).start());
            } finally {
                Descriptors.close(nothing);
            }
            some.forEach(Descriptors::close);
            some.clear();
        } finally {
            // The child has them all by now, and ends.
            Descriptors.close(ends[1]);
            Descriptors.close(ends[0]);
        }
    }
}
