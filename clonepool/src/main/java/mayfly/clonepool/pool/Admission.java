package mayfly.clonepool.pool;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import mayfly.clonepool.config.Limits;
import mayfly.sandbox.Counts;
import mayfly.sandbox.RefusedException;

/**
 * Who may have one more sandbox, and who waits until he may. In order of arrival, but nobody waits for the limit of
 * somebody else. For one thread.
 *
 * @param <W> who waits
 */
public final class Admission<W> {
    private final Supplier<Limits> limits;
    private final Counts<Long> runningOf = new Counts<>();
    private final LinkedHashMap<W, Long> waiting = new LinkedHashMap<>();
    private int running;

    /** @param limits as they are now */
    public Admission(Supplier<Limits> limits) {
        this.limits = limits;
    }

    /** Counts one sandbox for the user if he may have it. */
    public boolean admit(long uid) {
        if (!mayHave(uid)) {
            return false;
        }
        count(uid);
        return true;
    }

    /** Counts one that is there already, whether it may be or not. */
    public void count(long uid) {
        running++;
        runningOf.add(uid);
    }

    /** A sandbox that was admitted has ended, or was not made after all. */
    public void release(long uid) {
        running--;
        runningOf.remove(uid);
    }

    /** Waits for {@link #next}. */
    public void await(W waiter, long uid) {
        waiting.put(waiter, uid);
    }

    public void withdraw(W waiter) {
        waiting.remove(waiter);
    }

    /** The first in line who may have a sandbox now; it is counted and he waits no more. */
    public Optional<W> next() {
        Iterator<Map.Entry<W, Long>> line = waiting.entrySet().iterator();
        while (line.hasNext()) {
            Map.Entry<W, Long> first = line.next();
            if (admit(first.getValue())) {
                line.remove();
                return Optional.of(first.getKey());
            }
        }
        return Optional.empty();
    }

    /** Whether nobody has a sandbox or waits for permission. */
    public boolean isIdle() {
        return isIdle(0);
    }

    /** Whether nobody waits for permission, and so many have a sandbox. */
    public boolean isIdle(int but) {
        return running == but && waiting.isEmpty();
    }

    public int running() {
        return running;
    }

    /** Why the user cannot have one more. */
    public RefusedException refusal(long uid) {
        boolean own = of(uid) >= limits.get().sandboxesPerUser();
        int count = own ? of(uid) : running;
        return new RefusedException(
                "cannot claim a sandbox: " + count + " sandboxes are running, the limit of [limits] "
                        + (own ? "sandboxes-per-user" : "sandboxes"),
                "wait until some have ended, or raise the limit in mayfly.toml");
    }

    private boolean mayHave(long uid) {
        return running < limits.get().sandboxes() && of(uid) < limits.get().sandboxesPerUser();
    }

    private int of(long uid) {
        return runningOf.of(uid);
    }
}
