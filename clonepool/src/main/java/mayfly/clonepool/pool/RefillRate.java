package mayfly.clonepool.pool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** Counts clones as they are made. For one thread. */
final class RefillRate {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST = 10_000;

    private final Deque<Long> times = new ArrayDeque<>();
    private long made;

    void count(long now) {
        made++;
        times.addLast(now);
        forget(now);
    }

    /** All that were made. */
    long made() {
        return made;
    }

    /** Those of the last minute. */
    int lately(long now) {
        forget(now);
        return times.size();
    }

    private void forget(long now) {
        while (times.size() > MOST || (!times.isEmpty() && now - times.getFirst() > MINUTE)) {
            times.removeFirst();
        }
    }
}
