package mayfly.clonepool.store;

import java.io.IOException;
import mayfly.sandbox.Counts;

/**
 * How many programs of each user's have been killed and have not ended, for the kernel keeps them in a call: each is a process that
 * nobody can end but the user, whose file system does not answer. Thread-safe.
 */
public final class Overdue {
    public static final String REMEDY = "a file system does not answer them: make it answer, or unmount it";

    /** A few more can come to it that were begun before. */
    static final int MOST_OF_ONE = 16;

    private final Counts<Long> counts = new Counts<>();

    /** @throws IOException the user has so many that nothing more is begun for him */
    synchronized void check(long uid) throws IOException {
        if (counts.of(uid) >= MOST_OF_ONE) {
            throw new StoreException(
                    MOST_OF_ONE + " programs that looked at files for uid " + uid + " have been killed and do not end",
                    REMEDY);
        }
    }

    synchronized void begin(long uid) {
        counts.add(uid);
    }

    synchronized void end(long uid) {
        counts.remove(uid);
    }
}
