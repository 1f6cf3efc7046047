package mayfly.clonepool.pool;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.HostTemplate;
import mayfly.clonepool.store.Snapshot;
import mayfly.sandbox.RefusedException;

/**
 * The ready clones of one template, made in the background.
 *
 * <p>It keeps as many as its target says: at least {@link Size#ready()}; a claim that finds none doubles it, up to
 * {@link Size#readyMax()}, and a minute without such a claim halves it. Several are made at once. A newer snapshot has
 * the ready clones of older ones replaced one by one, so that there is always one to take. What cannot be made is tried
 * again with growing pauses. Thread-safe.
 */
public final class Pool {
    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    static final Duration CALM = Duration.ofMinutes(1);

    /** How long what the store said of its snapshots is believed while clones are taken. */
    private static final Duration BELIEVED = Duration.ofSeconds(1);

    /** How often a pool looks by itself for a newer snapshot: while it is used, and else. */
    private static final Duration LOOK_IN_USE = Duration.ofSeconds(5);

    private static final Duration LOOK_UNUSED = Duration.ofMinutes(1);
    private static final Duration IN_USE = Duration.ofMinutes(10);

    private static final int MOST_AT_ONCE = 4;

    /**
     * How many clones there are to be.
     *
     * @param ready at least
     * @param readyMax at most, by demand
     * @param minFree bytes that have to be free in the store for one more
     */
    public record Size(int ready, int readyMax, long minFree) {}

    /** Does what takes long, and what has to wait. */
    public interface Background {
        /** Makes a clone, or some. */
        void make(Runnable work);

        /** Asks the store something. */
        void look(Runnable work);

        /** Asks the store something when so much time has passed. */
        void lookLater(Duration delay, Runnable work);
    }

    /** Who has to do with the clones. Called from any thread, without a lock held. */
    public interface Keeper {
        /** The clone is not needed: destroy it. */
        void discard(Clone clone);

        /** The first clone of a newer snapshot is there: what was parked in older ones can be replaced. */
        void newer();

        /** Everything parked is to be given up at once. */
        void renew();

        /** What is parked is to be given up, and nothing parked until {@link #release}. */
        void hold();

        void release();
    }

    /** What an order to refill came to. */
    public record Refilled(int ready, long made, int discarded, Optional<Snapshot> snapshot) {}

    /** Told how far a refill is. */
    public interface Progress {
        void at(int ready, int target);
    }

    private final String template;
    private final CloneStore store;
    private Size size;
    private final CloneBudget budget;
    private final Background background;
    private final Keeper keeper;

    // Clones of the newest snapshot come first.
    private final Deque<Clone> ready = new ArrayDeque<>();

    // Held while the store is asked for its newest snapshot, so that no older answer comes after a newer one.
    private final Lock looking = new ReentrantLock();
    private final RefillRate rate = new RefillRate();
    private int floor;
    private int target;
    private int making;
    private boolean isHeld;
    private boolean isRetired;
    private boolean hasBegun;
    private boolean isPausing;
    private boolean retries;
    private boolean isLooking;
    private boolean isCalming;
    private boolean awaitsNewer;
    private boolean hasLooked;
    private Optional<Snapshot> newest = Optional.empty();
    private long lastLook;
    private long lastTake = System.nanoTime() - IN_USE.toNanos();
    private long lastMiss;
    private long failures;
    private Duration pause = FIRST_PAUSE;
    private String makeError = "";
    private String lookError = "";
    private String lookRemedy = "";
    private long believedFree;
    private long freeAsOf;

    public Pool(
            String template, CloneStore store, Size size, CloneBudget budget, Background background, Keeper keeper) {
        this.template = template;
        this.store = store;
        this.size = size;
        this.budget = budget;
        this.background = background;
        this.keeper = keeper;
        this.floor = size.ready();
        this.target = size.ready();
        long now = System.nanoTime();
        this.lastLook = now - TimeUnit.HOURS.toNanos(1);
        this.lastMiss = now;
        this.freeAsOf = lastLook;
    }

    public CloneStore store() {
        return store;
    }

    public synchronized Size size() {
        return size;
    }

    /** Takes over ready clones of an earlier service, which are counted already; then fills itself and goes on so. */
    public void begin(List<Clone> kept) {
        boolean tooLate;
        synchronized (this) {
            kept.forEach(ready::addLast);
            hasBegun = true;
            tooLate = isRetired;
        }
        if (tooLate) {
            discard(kept.size());
            return;
        }
        background.look(this::lookRegularly);
    }

    /** It cannot begin: what is left of an earlier service is not known, and must not be given out again. */
    public synchronized void cannotBegin(RefusedException why) {
        lookError = String.valueOf(why.getMessage());
        lookRemedy = why.remedy().orElse("mayfly pool status shows what its store says");
    }

    private synchronized void checkBegun() throws RefusedException {
        if (!hasBegun) {
            throw new RefusedException(
                    lookError.isEmpty() ? "cannot use template " + template + ": the service is starting" : lookError,
                    lookRemedy);
        }
    }

    /** A clone that nobody else has: a ready one, or else one made on the spot. Its replacement is ordered. */
    public Clone take() throws RefusedException {
        checkBegun();
        Clone clone;
        boolean look;
        long now = System.nanoTime();
        synchronized (this) {
            clone = ready.pollFirst();
            lastTake = now;
            if (clone == null && size.readyMax() > 0) {
                lastMiss = now;
                target = Math.max(target, Math.min(Math.max(1, 2 * target), size.readyMax()));
                calmLater();
            }
            look = !hasLooked || now - lastLook >= BELIEVED.toNanos();
        }
        if (clone != null) {
            if (look) {
                background.look(this::tryToLook);
            }
            fill();
            return clone;
        }
        look(); // it takes long anyway; and fills
        return make(newest());
    }

    /** Sees to it that there are as many clones as there should be. */
    public void fill() {
        int begun = 0;
        synchronized (this) {
            if (!hasBegun || !hasLooked || isHeld || isPausing) {
                return;
            }
            while (fresh() + making < target && making < MOST_AT_ONCE) {
                making++;
                begun++;
            }
        }
        for (int i = 0; i < begun; i++) {
            background.make(this::makeOne);
        }
    }

    /** Looks for a newer snapshot now, because somebody knows that there is one. */
    public void look() throws RefusedException {
        checkBegun();
        looking.lock();
        try {
            lookAlone();
        } finally {
            looking.unlock();
        }
        announceNewer();
        fill();
    }

    private void lookAlone() throws RefusedException {
        Optional<Snapshot> found = store.template().newest();
        synchronized (this) {
            lastLook = System.nanoTime();
            lookError = "";
            if (hasLooked && !newest.equals(found)) {
                awaitsNewer = true;
            }
            newest = found;
            hasLooked = true;
            reorder();
        }
    }

    /** Makes clones again after {@link #drain}, as many as before. */
    public void resume() {
        synchronized (this) {
            if (isRetired) {
                return;
            }
            isHeld = false;
        }
        keeper.release();
        background.look(this::tryAgain);
    }

    /** From now on it keeps so many. */
    public void resize(Size wanted) {
        synchronized (this) {
            if (wanted.equals(size)) {
                return;
            }
            if (wanted.ready() == size.ready()) {
                target = Math.max(floor, Math.min(target, wanted.readyMax()));
            } else {
                floor = wanted.ready();
                target = wanted.ready();
            }
            size = wanted;
            notifyAll();
        }
        sweepSurplus();
        background.look(this::tryAgain);
    }

    /**
     * Gives up what is ready and makes no more, for good: the template has another pool, or is gone. Who is just taking a
     * clone gets it.
     */
    public void retire() {
        synchronized (this) {
            isRetired = true;
            isHeld = true;
            notifyAll();
        }
        discard(ready());
    }

    /**
     * Brings the pool to so many ready clones of the newest snapshot and waits for that; it keeps so many until the service
     * ends.
     *
     * @param all replaces those that are there too
     */
    public Refilled refill(int count, boolean all, Progress progress) throws RefusedException, InterruptedException {
        long madeBefore;
        long failuresBefore;
        synchronized (this) {
            if (isRetired) {
                throw new RefusedException(
                        "cannot refill template " + template + ": the configuration was changed meanwhile",
                        "try again");
            }
            isHeld = false;
            isPausing = false;
            floor = count;
            target = count;
            madeBefore = rate.made();
            failuresBefore = failures;
        }
        keeper.release();
        look();
        int discarded = discard(all ? ready() : 0);
        if (all) {
            keeper.renew();
        }
        fill();
        awaitFresh(count, failuresBefore, progress);
        discarded += sweep();
        synchronized (this) {
            return new Refilled(ready.size(), rate.made() - madeBefore, discarded, newest());
        }
    }

    private synchronized void awaitFresh(int count, long failuresBefore, Progress progress)
            throws RefusedException, InterruptedException {
        while (fresh() < count && floor == count && !isHeld) {
            if (failures > failuresBefore) {
                throw new RefusedException(
                        "cannot refill template " + template + ": " + fresh() + " of " + count + " are ready: "
                                + lastError().orElse("the store says no more"),
                        "mayfly pool status shows whether a later try succeeded");
            }
            progress.at(fresh(), count);
            wait(TimeUnit.SECONDS.toMillis(1));
        }
    }

    /** Gives up what is of older snapshots, or more than is wanted; how many that were. */
    public int sweep() {
        int surplus;
        synchronized (this) {
            reorder();
            surplus = ready.size() - Math.min(fresh(), target);
        }
        return discard(surplus);
    }

    /** Gives up all ready clones and parked sandboxes, and makes no more until it is refilled; how many clones were ready. */
    public int drain() {
        synchronized (this) {
            if (isRetired) {
                return 0; // what is parked now is of another pool
            }
            isHeld = true;
            notifyAll();
        }
        int discarded = discard(ready());
        keeper.hold();
        return discarded;
    }

    public synchronized int ready() {
        return ready.size();
    }

    /** Clones that are being made. */
    public synchronized int making() {
        return making;
    }

    /** How many it wants to have ready. */
    public synchronized int target() {
        return isHeld ? 0 : target;
    }

    /** Whether it was drained. */
    public synchronized boolean isHeld() {
        return isHeld;
    }

    /** Clones made in the last minute. */
    public synchronized int madeLately() {
        return rate.lately(System.nanoTime());
    }

    /** What clones are made of now, as far as is known. */
    public synchronized Optional<Snapshot> snapshot() {
        return newest;
    }

    /** Why the last clone could not be made. */
    public synchronized Optional<String> lastError() {
        String error = makeError.isEmpty() ? lookError : makeError;
        return error.isEmpty() ? Optional.empty() : Optional.of(error);
    }

    private synchronized Optional<Snapshot> newest() {
        if (!hasLooked) {
            throw new IllegalStateException("it has not looked");
        }
        return newest;
    }

    private boolean isFresh(Clone clone) {
        return !hasLooked || clone.snapshot().equals(newest);
    }

    private int fresh() {
        return (int) ready.stream().filter(this::isFresh).count();
    }

    /** Those of older snapshots come last. */
    private void reorder() {
        List<Clone> stale = new ArrayList<>();
        for (Iterator<Clone> clones = ready.iterator(); clones.hasNext(); ) {
            Clone clone = clones.next();
            if (!isFresh(clone)) {
                clones.remove();
                stale.add(clone);
            }
        }
        stale.forEach(ready::addLast);
    }

    private void makeOne() {
        Optional<Clone> result = tryToMake();
        if (result.isEmpty()) {
            return;
        }
        Clone made = result.get();
        List<Clone> surplus = new ArrayList<>();
        synchronized (this) {
            making--;
            pause = FIRST_PAUSE;
            if (isHeld || !isFresh(made) || fresh() >= target) {
                surplus.add(made);
            } else {
                ready.addFirst(made);
            }
            while (ready.size() > target && !isFresh(ready.getLast())) {
                surplus.add(ready.removeLast());
            }
            notifyAll();
        }
        surplus.forEach(keeper::discard);
        announceNewer();
        fill();
    }

    /** Whatever goes wrong, the next one can be tried. */
    private Optional<Clone> tryToMake() {
        boolean isMade = false;
        try {
            Clone made = make(newest());
            isMade = true;
            return Optional.of(made);
        } catch (RefusedException e) {
            return Optional.empty(); // it is in makeError
        } finally {
            if (!isMade) {
                synchronized (this) {
                    making--;
                    failed();
                    notifyAll();
                }
            }
        }
    }

    /** Parked sandboxes are replaced when that makes nobody wait for a clone. */
    private void announceNewer() {
        synchronized (this) {
            // While older ones are ready, what is parked anew could be of them.
            boolean allFresh = ready.stream().allMatch(this::isFresh) && (target == 0 || !ready.isEmpty());
            if (isRetired || !awaitsNewer || !(allFresh || isHeld)) {
                return;
            }
            awaitsNewer = false;
        }
        keeper.newer();
    }

    private Clone make(Optional<Snapshot> snapshot) throws RefusedException {
        boolean counted = false;
        try {
            budget.acquire(template);
            counted = true;
            checkFree();
            Clone clone = store.make(snapshot);
            synchronized (this) {
                rate.count(System.nanoTime());
                makeError = "";
            }
            return clone;
        } catch (RefusedException | RuntimeException | Error e) {
            if (counted) {
                budget.release();
            }
            synchronized (this) {
                makeError = e instanceof RefusedException
                        ? String.valueOf(e.getMessage())
                        : "cannot make a clone of template " + template + ": " + e;
            }
            throw e;
        }
    }

    private void checkFree() throws RefusedException {
        long free;
        long minFree;
        synchronized (this) {
            minFree = size.minFree();
            if (minFree == 0) {
                return;
            }
            free = System.nanoTime() - freeAsOf < BELIEVED.toNanos() ? believedFree : -1;
        }
        try {
            if (free < 0) {
                free = store.free();
                synchronized (this) {
                    believedFree = free;
                    freeAsOf = System.nanoTime();
                }
            }
        } catch (IOException e) {
            throw new RefusedException(
                    "cannot make a clone of template " + template + ": " + Failure.reason(e), Failure.remedy(e));
        }
        if (free < minFree) {
            throw new RefusedException(
                    "cannot make a clone of template " + template + ": its store has " + (free >> 20)
                            + " MiB free, and min-free is " + (minFree >> 20) + " MiB",
                    "free space in the store, or lower min-free in mayfly.toml");
        }
    }

    /** With the lock held. */
    private void failed() {
        failures++;
        isPausing = true;
        if (!retries) {
            retries = true;
            background.lookLater(pause, this::tryAgain);
            pause = Backoff.after(pause, LONGEST_PAUSE);
        }
    }

    private void tryAgain() {
        synchronized (this) {
            isPausing = false;
            retries = false;
        }
        tryToLook();
        fill();
    }

    private void lookRegularly() {
        try {
            tryToLook();
        } finally {
            lookAgainLater();
        }
    }

    private void lookAgainLater() {
        Duration next;
        synchronized (this) {
            if (isRetired) {
                return;
            }
            next = System.nanoTime() - lastTake < IN_USE.toNanos() ? LOOK_IN_USE : LOOK_UNUSED;
        }
        if (!(store.template() instanceof HostTemplate)) {
            background.lookLater(next, this::lookRegularly);
        }
    }

    private void tryToLook() {
        synchronized (this) {
            if (isLooking) {
                return;
            }
            isLooking = true;
        }
        try {
            look();
        } catch (RefusedException e) {
            synchronized (this) {
                lastLook = System.nanoTime();
                lookError = String.valueOf(e.getMessage());
            }
        } finally {
            synchronized (this) {
                isLooking = false;
            }
        }
    }

    /** With the lock held. */
    private void calmLater() {
        if (!isCalming && target > floor) {
            isCalming = true;
            background.lookLater(CALM, this::calm);
        }
    }

    private void calm() {
        synchronized (this) {
            isCalming = false;
            if (System.nanoTime() - lastMiss >= CALM.toNanos()) {
                target = Math.max(floor, target / 2);
            }
            calmLater();
        }
        sweepSurplus();
    }

    private void sweepSurplus() {
        int surplus;
        synchronized (this) {
            surplus = Math.max(0, ready.size() - Math.max(target, 0));
        }
        discard(surplus);
    }

    /** Discards so many, those of older snapshots first. */
    private int discard(int count) {
        List<Clone> surplus = new ArrayList<>();
        synchronized (this) {
            while (surplus.size() < count && !ready.isEmpty()) {
                surplus.add(ready.removeLast());
            }
        }
        surplus.forEach(keeper::discard);
        return surplus.size();
    }
}
