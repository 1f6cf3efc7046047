package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.RefusedException;

/**
 * Has a configuration that was changed take effect, all of it or nothing: every part of the service prepares what it has to
 * do, in a thread that may wait; if all can, all of it is done at once, in the event loop's thread. For that thread, where
 * nothing else is said.
 */
final class Reloading {
    /** A part of the service that a configuration concerns. */
    interface Part {
        /**
         * Prepares what is to be done, in a thread that may wait. What is in force must not notice.
         *
         * @throws RefusedException when it cannot be as it is configured now
         */
        Change prepare(Configuration before, Configuration next) throws RefusedException, IOException;
    }

    /** What a part has prepared. */
    interface Change {
        /** @throws RefusedException when it cannot be done just now */
        default void check() throws RefusedException {}

        /** Does it; the new configuration is in force. It cannot fail. */
        void commit();

        /** It is not done. From any thread. */
        default void abandon() {}
    }

    /** Where the configuration comes from. */
    interface Source {
        Configuration read() throws RefusedException, ConfigurationException;
    }

    private final EventLoop loop;
    private final Source source;
    private final Settings settings;
    private final List<Part> parts;
    private final Notifier notifier;
    private final Log log;
    private boolean works;
    private boolean isWantedAgain;
    private boolean isOver;
    private String trouble = "";

    Reloading(EventLoop loop, Source source, Settings settings, List<Part> parts, Notifier notifier, Log log) {
        this.loop = loop;
        this.source = source;
        this.settings = settings;
        this.parts = List.copyOf(parts);
        this.notifier = notifier;
        this.log = log;
    }

    /** Reads the configuration, and once more after that if somebody has asked meanwhile. */
    void ask() {
        if (isOver) {
            return;
        }
        if (works) {
            isWantedAgain = true;
            return;
        }
        works = true;
        notifier.reloading();
        Configuration before = settings.now();
        Thread thread = new Thread(() -> prepare(before), "reads the configuration");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether nothing is being read. */
    boolean isIdle() {
        return !works;
    }

    /** Changes nothing from now on. */
    void stop() {
        isOver = true;
    }

    /** Why the configuration that was read last is not in force; empty: it is. */
    String trouble() {
        return trouble;
    }

    private void prepare(Configuration before) {
        List<Change> changes = new ArrayList<>();
        try {
            Configuration next = source.read();
            for (Part part : parts) {
                changes.add(part.prepare(before, next));
            }
            loop.post(() -> apply(next, changes));
        } catch (ConfigurationException e) {
            fail(changes, e.problems());
        } catch (RefusedException e) {
            fail(changes, List.of(text(e)));
        } catch (IOException e) {
            fail(changes, List.of(Failure.reason(e)));
        } catch (RuntimeException | Error e) {
            fail(changes, List.of(e.toString()));
        }
    }

    private void fail(List<Change> changes, List<String> problems) {
        changes.forEach(Change::abandon);
        loop.post(() -> refused(problems));
    }

    private static String text(RefusedException e) {
        return e.getMessage() + e.remedy().map(remedy -> " (" + remedy + ")").orElse("");
    }

    private void apply(Configuration next, List<Change> changes) {
        try {
            if (isOver) {
                changes.forEach(Change::abandon);
                return;
            }
            for (Change change : changes) {
                change.check();
            }
        } catch (RefusedException e) {
            changes.forEach(Change::abandon);
            refused(List.of(text(e)));
            return;
        } catch (RuntimeException e) {
            changes.forEach(Change::abandon);
            refused(List.of(e.toString()));
            return;
        }
        settings.exchange(next);
        trouble = "";
        try {
            changes.forEach(this::commit);
            log.line("the configuration was read again and is in force" + (trouble.isEmpty() ? "" : ", but for that"));
        } finally {
            done();
        }
    }

    /** A mistake in one part must not keep the others from theirs, nor the service from reading it once more. */
    private void commit(Change change) {
        try {
            change.commit();
        } catch (RuntimeException e) {
            trouble = "a part of the service has not changed: " + e;
            log.line(trouble);
        }
    }

    private void refused(List<String> problems) {
        problems.forEach(log::line);
        log.line("cannot reload the configuration: the one before stays in force");
        trouble = problems.get(0) + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : "");
        done();
    }

    private void done() {
        works = false;
        if (!isOver) {
            notifier.reloaded();
        }
        if (isWantedAgain) {
            isWantedAgain = false;
            ask();
        }
    }
}
