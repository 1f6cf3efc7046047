package mayfly.clonepool.pool;

import java.time.Duration;

/** Pauses between tries that grow. */
public final class Backoff {
    private Backoff() {}

    /** The pause after this one: twice as long, up to the longest. */
    public static Duration after(Duration pause, Duration longest) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(longest) < 0 ? doubled : longest;
    }
}
