package mayfly.clonepool.pool;

import java.util.function.IntSupplier;
import mayfly.sandbox.RefusedException;

/** How many clones there are of all templates together, whatever their states, and may be. Thread-safe. */
public final class CloneBudget {
    private final IntSupplier limit;
    private int count;

    /** @param limit as it is now */
    public CloneBudget(IntSupplier limit) {
        this.limit = limit;
    }

    /** Counts one that is about to be made. */
    public synchronized void acquire(String template) throws RefusedException {
        if (count >= limit.getAsInt()) {
            throw new RefusedException(
                    "cannot make a clone of template " + template + ": there are " + count
                            + " clones, the limit of [limits] clones",
                    "wait until some are gone, or raise the limit in mayfly.toml");
        }
        count++;
    }

    /** Counts one that is there already. */
    public synchronized void count() {
        count++;
    }

    /** One is gone, or was not made after all. */
    public synchronized void release() {
        count--;
    }

    public synchronized int clones() {
        return count;
    }
}
