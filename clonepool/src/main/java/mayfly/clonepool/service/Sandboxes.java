package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Processes.Usage;

/** The sandboxes from their start to their end, whoever has them. For the door's thread. */
final class Sandboxes {
    /** How long a sandbox may take to end after its client or the service has left it. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** Who has them. */
    interface Owner {
        void made(Sandbox sandbox);

        /** @param begun when it was tried, in ns */
        void failed(Shape shape, Urgency urgency, RefusedException why, long begun);

        /**
         * What one that has just ended has used; comes before {@link #ended}.
         *
         * @param told by its mayfly-init since it was listened to last
         */
        void used(Sandbox sandbox, Optional<Usage> usage, List<Frame.Finished> told);

        /** It has ended without having been discarded. */
        void ended(Sandbox sandbox) throws IOException;

        /** After that: its hooks have run, and its clone is being destroyed. */
        void released(Sandbox sandbox);
    }

    private final EventLoop loop;
    private final SandboxMaker maker;
    private final Workers workers;
    private final Reaper reaper;
    private final Log log;
    private final Owner owner;
    private final Transition.Listener listener;
    private final TemplateHooks hooks;
    private final Telling telling;
    private final Set<Sandbox> living = new HashSet<>();
    private final Set<Sandbox> discarded = new HashSet<>();
    private final Deadlines<Sandbox> ending = new Deadlines<>(GRACE);

    Sandboxes(
            EventLoop loop,
            SandboxMaker maker,
            Workers workers,
            Reaper reaper,
            Log log,
            Owner owner,
            TemplateHooks hooks,
            Telling telling,
            Transition.Listener listener) {
        this.telling = telling;
        this.hooks = hooks;
        this.loop = loop;
        this.maker = maker;
        this.workers = workers;
        this.reaper = reaper;
        this.log = log;
        this.owner = owner;
        this.listener = listener;
    }

    /** Has one made; the owner is told. */
    void make(Shape shape, Urgency urgency) {
        workers.submit(urgency, () -> {
            long begun = System.nanoTime();
            try {
                Sandbox sandbox = maker.make(shape);
                loop.post(() -> made(sandbox));
            } catch (RefusedException e) {
                loop.post(() -> owner.failed(shape, urgency, e, begun));
            } catch (RuntimeException | Error e) {
                log.line("cannot make a sandbox: " + e);
                loop.post(
                        () -> owner.failed(shape, urgency, new RefusedException("cannot make a sandbox: " + e), begun));
            }
        });
    }

    private void made(Sandbox sandbox) {
        try {
            loop.watch(sandbox.pidFd(), Poller.IN, events -> outermostEnded(sandbox));
        } catch (IOException e) {
            log.line("cannot watch a sandbox: " + Failure.reason(e));
        }
        living.add(sandbox);
        owner.made(sandbox);
    }

    /**
     * All others are being killed. What waits in the kernel, for an answer of a file system of its user's say, goes on to use the
     * clone until it has that: the sandbox has not ended before.
     */
    private void outermostEnded(Sandbox sandbox) throws IOException {
        loop.forget(sandbox.pidFd());
        if (sandbox.initPidFd() < 0 || Processes.hasEnded(sandbox.initPidFd())) {
            ended(sandbox);
        } else {
            loop.watch(sandbox.initPidFd(), Poller.IN, events -> {
                loop.forget(sandbox.initPidFd());
                ended(sandbox);
            });
        }
    }

    private void ended(Sandbox sandbox) throws IOException {
        Optional<Usage> usage = Processes.reap(sandbox.pid());
        List<Frame.Finished> told = telling.hear(sandbox.telling());
        if (sandbox.telling() >= 0) {
            Descriptors.close(sandbox.telling());
        }
        Descriptors.close(sandbox.pidFd());
        if (sandbox.initPidFd() >= 0) {
            Descriptors.close(sandbox.initPidFd());
        }
        ending.remove(sandbox);
        living.remove(sandbox);
        listener.passed(Transition.ENDED);
        owner.used(sandbox, usage, told);
        boolean hasOwner = !discarded.remove(sandbox);
        try {
            if (hasOwner) {
                owner.ended(sandbox);
            }
        } finally {
            hooks.ended(sandbox, () -> {
                reaper.destroy(sandbox.clones(), sandbox.used());
                if (hasOwner) {
                    owner.released(sandbox);
                }
            });
        }
    }

    /** Ends one that nobody has. */
    void discard(Sandbox sandbox) {
        // mayfly-init ends when nobody has the other end.
        Descriptors.close(sandbox.socket());
        discarded.add(sandbox);
        mustEnd(sandbox);
    }

    /** Its client has left it: it ends by itself, or is killed. */
    void mustEnd(Sandbox sandbox) {
        if (living.contains(sandbox)) {
            ending.add(sandbox, System.nanoTime());
        }
    }

    /** Whether all that nobody has any more have ended: those that were discarded, and those whose clients have gone. */
    boolean isDrained() {
        return ending.isEmpty();
    }

    long left(long now) {
        return ending.left(now);
    }

    void tick(long now) {
        for (Optional<Sandbox> late = ending.expired(now); late.isPresent(); late = ending.expired(now)) {
            reaper.kill(late.get());
            ending.add(late.get(), now);
        }
    }
}
