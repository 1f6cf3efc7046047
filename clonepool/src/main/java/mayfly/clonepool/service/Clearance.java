package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneState;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/**
 * Gets clones of a template out of the way of what cannot be done while they are there. Commands that run are never ended
 * for it. For threads that may wait.
 */
final class Clearance {
    /** A parked sandbox is given 2 s to end, and is killed then. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration SHORT_PAUSE = Duration.ofMillis(5);

    /** Who knows where commands run. */
    interface Commands {
        /** How many run in such clones of the template. */
        int in(String template, Predicate<Clone> concerned) throws InterruptedException;

        /** How many run in the directory itself, without any clone, or in one beneath it. */
        int inItself(Bytes directory) throws InterruptedException;
    }

    /** What is done when the clones are gone. */
    interface Work {
        void run() throws RefusedException;
    }

    private final Templates templates;
    private final Commands commands;
    private final Reaper reaper;

    Clearance(Templates templates, Commands commands, Reaper reaper) {
        this.templates = templates;
        this.commands = commands;
        this.reaper = reaper;
    }

    /** What becomes of a template itself, beside its snapshots. */
    enum Fate {
        STAYS,
        CHANGES,
        GOES
    }

    /**
     * A change of a template.
     *
     * @param verb what is done to the template, as in {@code cannot roll back template}
     * @param state what the template is meanwhile, as in {@code it is being rolled back}
     * @param concerned the clones that have to be gone
     * @param fate what becomes of the template itself
     */
    record Change(Template template, String verb, String state, Predicate<Clone> concerned, Fate fate) {
        String cannot() {
            return "cannot " + verb + " template " + template.name() + ": ";
        }
    }

    /** Gives up what is ready and parked, waits until such clones are gone, works, and has the pool filled as before. */
    void around(Change change, Progress progress, Work work) throws RefusedException, InterruptedException {
        Template template = change.template();
        refuseIfUsed(change);
        Pool pool = template.pool();
        boolean wasHeld = pool.isHeld();
        boolean done = false;
        templates.close(template, change.state());
        try {
            pool.drain();
            awaitGone(change, progress);
            refuseIfWorkedIn(change);
            work.run();
            done = true;
        } finally {
            templates.reopen(template);
            if (!wasHeld && !(done && change.fate() == Fate.GOES)) {
                pool.resume();
            }
        }
    }

    private void refuseIfUsed(Change change) throws RefusedException, InterruptedException {
        int running = commands.in(change.template().name(), change.concerned());
        if (running > 0) {
            throw used(change, running);
        }
        refuseIfWorkedIn(change);
    }

    private void refuseIfWorkedIn(Change change) throws RefusedException, InterruptedException {
        if (change.fate() == Fate.STAYS) {
            return;
        }
        Optional<Bytes> directory = directory(change);
        int running = directory.isPresent() ? commands.inItself(directory.get()) : 0;
        if (running > 0) {
            throw new RefusedException(
                    change.cannot() + (running == 1 ? "a command runs" : running + " commands run")
                            + " in the template itself, in " + directory.get(),
                    "end what runs there (mayfly template shell, mayfly -t), or wait for it, and try again");
        }
    }

    /** Where the template itself is, without symbolic links; empty when it is nowhere, so that nothing can run there. */
    private static Optional<Bytes> directory(Change change) throws RefusedException {
        Bytes path;
        try {
            path = change.template().pool().store().template().directory();
        } catch (RefusedException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(NativePath.bytes(NativePath.of(path).toRealPath()));
        } catch (IOException e) {
            throw new RefusedException(change.cannot() + Failure.reason(e));
        }
    }

    private static RefusedException used(Change change, long count) {
        return new RefusedException(
                change.cannot() + (count == 1 ? "a command runs in one" : "commands run in " + count)
                        + " of the clones that have to be gone",
                "end what runs there, or wait for it, and try again; mayfly pool status counts it as leased");
    }

    private void awaitGone(Change change, Progress progress) throws RefusedException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        awaitNobodyInside(change, deadline, progress);
        int most = 0;
        for (List<Clone> left = left(change); !left.isEmpty(); left = left(change)) {
            if (System.nanoTime() - deadline > 0) {
                throw notGone(change, left);
            }
            most = Math.max(most, left.size());
            progress.tell(
                    "destroying the clones of template " + change.template().name(), most - left.size(), most);
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        }
    }

    /** Whoever was let in before the template was closed may be about to get a clone that the store does not list yet. */
    private void awaitNobodyInside(Change change, long deadline, Progress progress)
            throws RefusedException, InterruptedException {
        while (templates.inside(change.template()) > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new RefusedException(
                        change.cannot() + "a sandbox is still being made of it after " + LIMIT.toSeconds() + " s",
                        "try again when mayfly pool status shows none as making");
            }
            progress.tell(
                    "waiting for sandboxes of template " + change.template().name() + " that are being made");
            TimeUnit.MILLISECONDS.sleep(SHORT_PAUSE.toMillis());
        }
    }

    /** The store knows all, those of earlier services' commands too. */
    private static List<Clone> left(Change change) throws RefusedException {
        Template template = change.template();
        try {
            return template.pool().store().clones().list().stream()
                    .filter(clone -> clone.template().equals(template.name()))
                    .filter(change.concerned())
                    .toList();
        } catch (IOException e) {
            throw new RefusedException(change.cannot() + Failure.reason(e));
        }
    }

    private RefusedException notGone(Change change, List<Clone> left) {
        long used =
                left.stream().filter(clone -> clone.state() == CloneState.USED).count();
        if (used > 0) {
            return used(change, used);
        }
        String why = reaper.lastError(change.template().name())
                .map(error -> ": " + error)
                .orElse("");
        return new RefusedException(
                change.cannot() + left.size() + " of its clones are not destroyed after " + LIMIT.toSeconds() + " s"
                        + why,
                "try again when mayfly pool status shows none as dirty");
    }
}
