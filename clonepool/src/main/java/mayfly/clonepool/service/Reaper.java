package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import mayfly.clonepool.pool.Backoff;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Clones;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.LockFile;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.ProcessIdentity;
import mayfly.sandbox.posix.Processes;

/**
 * Destroys clones, kills sandboxes that do not end by themselves, and looks after those of earlier services.
 *
 * <p>Where the store gains from it, what is to be destroyed is destroyed together, as much as has gathered while the last
 * batch was at work. What cannot be is tried again, with growing pauses, until it succeeds. Thread-safe.
 */
final class Reaper {
    static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final int BATCH = 64;

    private final Workers workers;
    private final CloneBudget budget;
    private final RangeFiles rangeFiles;
    private final Cleaning cleaning;
    private final Log log;
    // Places that are not here are not worked at.
    private final Map<Clones, List<Clone>> piles = new HashMap<>();
    private final Map<Clone, Duration> pauses = new ConcurrentHashMap<>();
    private final Map<String, Integer> dirty = new ConcurrentHashMap<>();
    private final Map<String, String> lastErrors = new ConcurrentHashMap<>();
    private final AtomicInteger adopted = new AtomicInteger();
    private volatile Heir heir = new Heir() {
        @Override
        public void adopted(Clone clone, OptionalLong owner) {}

        @Override
        public void adoptedEnded(Clone clone) {}
    };

    /** Is told, from any thread, of sandboxes that an earlier service gave out. */
    interface Heir {
        /** It runs. */
        void adopted(Clone clone, OptionalLong owner);

        /** After that: it has ended. */
        void adoptedEnded(Clone clone);
    }

    /** What a sandbox leaves outside of its clone. */
    interface Cleaning {
        /** Removes what is left, if anything is. */
        void remove(Clone clone) throws IOException;
    }

    Reaper(Workers workers, CloneBudget budget, RangeFiles rangeFiles, Log log) {
        this(workers, budget, rangeFiles, log, clone -> {});
    }

    /** @param cleaning comes before a clone is destroyed: afterwards nothing would tell of what is left */
    Reaper(Workers workers, CloneBudget budget, RangeFiles rangeFiles, Log log, Cleaning cleaning) {
        this.cleaning = cleaning;
        this.workers = workers;
        this.budget = budget;
        this.rangeFiles = rangeFiles;
        this.log = log;
    }

    /** Before anything is recovered. */
    void tell(Heir told) {
        heir = told;
    }

    /** Destroys a clone that no process uses, in the background. */
    void destroy(Clones clones, Clone clone) {
        dirty.merge(clone.template(), 1, Integer::sum);
        add(clones, clone);
    }

    private void add(Clones clones, Clone clone) {
        if (!clones.destroysTogether()) {
            workers.submit(Urgency.CLEANING, () -> destroy(clones, List.of(clone)));
            return;
        }
        synchronized (this) {
            List<Clone> pile = piles.get(clones);
            if (pile != null) {
                pile.add(clone);
                return;
            }
            pile = new ArrayList<>();
            pile.add(clone);
            piles.put(clones, pile);
        }
        workers.submit(Urgency.CLEANING, () -> work(clones));
    }

    private void work(Clones clones) {
        for (List<Clone> batch = next(clones); !batch.isEmpty(); batch = next(clones)) {
            destroy(clones, batch);
        }
    }

    /** Takes the next batch; none: there is nothing to do any more. */
    private synchronized List<Clone> next(Clones clones) {
        List<Clone> pile = piles.getOrDefault(clones, List.of());
        if (pile.isEmpty()) {
            piles.remove(clones);
            return List.of();
        }
        List<Clone> first = pile.subList(0, Math.min(BATCH, pile.size()));
        List<Clone> batch = List.copyOf(first);
        first.clear();
        return batch;
    }

    /** Destroys what can be; the rest is tried again later, whatever went wrong. */
    private void destroy(Clones clones, List<Clone> batch) {
        Map<Clone, String> left = new HashMap<>();
        List<Clone> condemned = new ArrayList<>();
        for (Clone clone : batch) {
            try {
                cleaning.remove(clone);
                condemned.add(clones.condemn(clone));
            } catch (IOException | RuntimeException e) {
                left.put(clone, reason(e));
            }
        }
        try {
            left.putAll(destroyed(clones, condemned));
        } catch (RuntimeException | Error e) {
            condemned.forEach(clone -> left.put(clone, e.toString()));
        }
        for (Clone clone : condemned) {
            if (!left.containsKey(clone)) {
                dirty.merge(clone.template(), -1, Integer::sum);
                pauses.remove(clone);
                budget.release();
            }
        }
        left.forEach((clone, reason) -> tryAgain(clones, clone, reason));
    }

    /** Destroys what can be, at a second attempt what can be made removable; those that are left, with the reasons. */
    private Map<Clone, String> destroyed(Clones clones, List<Clone> condemned) {
        Map<Clone, String> left = new HashMap<>(clones.destroy(condemned));
        List<Clone> again = left.keySet().stream()
                .filter(clone -> rangeFiles.takeBack(clones, clone))
                .toList();
        if (!again.isEmpty()) {
            left.keySet().removeAll(again);
            left.putAll(clones.destroy(again));
        }
        return left;
    }

    private static String reason(Exception e) {
        return e instanceof IOException failure ? Failure.reason(failure) : e.toString();
    }

    private void tryAgain(Clones clones, Clone clone, String reason) {
        report(clone, reason);
        Duration pause = pauses.getOrDefault(clone, FIRST_PAUSE);
        pauses.put(clone, Backoff.after(pause, LONGEST_PAUSE));
        workers.later(pause, Urgency.CLEANING, () -> add(clones, clone));
    }

    private void report(Clone clone, String reason) {
        String line = "cannot destroy the clone " + clone.id() + ": " + reason;
        String before = lastErrors.put(clone.template(), line);
        if (!line.equals(before)) {
            log.line(line);
        }
    }

    /** Clones that are being destroyed or wait for it. */
    int dirty() {
        return dirty.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Those of one template. */
    int dirty(String template) {
        return dirty.getOrDefault(template, 0);
    }

    /** Why a clone of the template could not be destroyed, if some are left. */
    Optional<String> lastError(String template) {
        return dirty(template) > 0 ? Optional.ofNullable(lastErrors.get(template)) : Optional.empty();
    }

    /** Sandboxes of earlier services that still run. */
    int adopted() {
        return adopted.get();
    }

    /**
     * Takes over what earlier services left: what is in use stays until its sandbox has ended, what is ready is
     * returned, and everything else is destroyed.
     *
     * @param left all clones that are there
     */
    List<Clone> recover(Clones clones, List<Clone> left) {
        List<Clone> ready = new ArrayList<>();
        for (Clone clone : left) {
            budget.count();
            switch (clone.state()) {
                case READY -> ready.add(clone);
                case MAKING, DIRTY -> destroy(clones, clone);
                case USED -> adopt(clones, clone);
            }
        }
        return ready;
    }

    private void adopt(Clones clones, Clone clone) {
        int lock = -1;
        try {
            lock = clones.openLock(clone);
            LockFile.Holder holder = LockFile.read(lock);
            if (Descriptors.tryLock(lock) && !lives(holder.init())) {
                Descriptors.close(lock);
                destroy(clones, clone);
                return;
            }
            int held = lock;
            Thread waiter = new Thread(() -> awaitEnd(clones, clone, held, holder.init()), "waits for " + clone.id());
            waiter.setDaemon(true);
            adopted.incrementAndGet();
            heir.adopted(clone, holder.owner());
            waiter.start();
        } catch (IOException e) {
            if (lock >= 0) {
                Descriptors.close(lock);
            }
            log.line("cannot find out whether " + clone.id() + " is in use: " + Failure.reason(e));
            workers.later(LONGEST_PAUSE, Urgency.CLEANING, () -> adopt(clones, clone));
        }
    }

    private static boolean lives(Optional<ProcessIdentity> process) throws IOException {
        return process.isPresent() && Processes.identity(process.get().pid()).equals(process);
    }

    /** The lock says when the outermost process has ended; mayfly-init dies with it, but the kernel may keep it in a call. */
    private void awaitEnd(Clones clones, Clone clone, int lock, Optional<ProcessIdentity> init) {
        try {
            Descriptors.lock(lock);
            if (init.isPresent()) {
                Processes.await(init.get());
            }
            heir.adoptedEnded(clone);
            destroy(clones, clone);
        } catch (IOException e) {
            log.line("cannot wait for the sandbox of " + clone.id() + ": " + Failure.reason(e));
        } finally {
            Descriptors.close(lock);
            adopted.decrementAndGet();
        }
    }

    /** Kills a sandbox that has not ended: mayfly-init dies with the outermost process, and everything with init. */
    void kill(Sandbox sandbox) {
        try {
            Processes.signal(sandbox.pidFd(), sandbox.pid(), Kernel.SIGKILL);
        } catch (IOException e) {
            log.line("cannot kill the sandbox of " + sandbox.used().id() + ": " + Failure.reason(e));
        }
    }
}
