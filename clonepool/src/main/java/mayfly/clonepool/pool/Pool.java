package mayfly.clonepool.pool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.sandbox.RefusedException;

/** The ready clones of one template: {@code size} of them, made in the background one after another. Thread-safe. */
public final class Pool {
    private final CloneStore store;
    private final int size;
    private final Executor background;
    private final Deque<Clone> ready;
    private boolean filling;
    private String lastError = "";

    /** @param kept ready clones of an earlier service */
    public Pool(CloneStore store, int size, List<Clone> kept, Executor background) {
        this.store = store;
        this.size = size;
        this.ready = new ArrayDeque<>(kept);
        this.background = background;
    }

    public CloneStore store() {
        return store;
    }

    /** A clone that nobody else has: a ready one, or else one made on the spot. Its replacement is ordered. */
    public Clone take() throws RefusedException {
        Clone clone;
        synchronized (this) {
            clone = ready.poll();
        }
        fill();
        return clone != null ? clone : store.make();
    }

    /** Sees to it that there are as many clones as there should be. */
    public synchronized void fill() {
        if (!filling && ready.size() < size) {
            filling = true;
            background.execute(this::makeMissing);
        }
    }

    public synchronized int ready() {
        return ready.size();
    }

    /** Why the last clone could not be made in the background; the next use tries again. */
    public synchronized Optional<String> lastError() {
        return lastError.isEmpty() ? Optional.empty() : Optional.of(lastError);
    }

    private void makeMissing() {
        try {
            while (isMissing()) {
                Clone clone = store.make();
                synchronized (this) {
                    ready.add(clone);
                    lastError = "";
                }
            }
        } catch (RefusedException e) {
            synchronized (this) {
                lastError = e.getMessage();
                filling = false;
            }
        }
    }

    private synchronized boolean isMissing() {
        filling = ready.size() < size;
        return filling;
    }
}
