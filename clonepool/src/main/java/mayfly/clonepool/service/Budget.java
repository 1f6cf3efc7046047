package mayfly.clonepool.service;

import java.util.HashMap;
import java.util.Map;

/** Bytes that clients make the service keep: so many of each user, so many of all together. For one thread. */
final class Budget {
    private final long most;
    private final long mostOfOne;
    private final Map<Long, Long> of = new HashMap<>();
    private long all;

    Budget(long most, long mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** Counts them if they may be kept. */
    boolean take(long uid, long bytes) {
        long own = of.getOrDefault(uid, 0L) + bytes;
        if (own > mostOfOne || all + bytes > most) {
            return false;
        }
        of.put(uid, own);
        all += bytes;
        return true;
    }

    void release(long uid, long bytes) {
        all -= bytes;
        of.computeIfPresent(uid, (key, own) -> own == bytes ? null : own - bytes);
    }
}
