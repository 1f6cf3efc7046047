package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Linux;
import mayfly.sandbox.posix.Processes;

/** Destroys clones, kills sandboxes that do not end by themselves, and looks after those of earlier services. */
final class Reaper {
    private final Workers workers;
    private final Log log;
    private final AtomicInteger dirty = new AtomicInteger();
    private final AtomicInteger adopted = new AtomicInteger();

    Reaper(Workers workers, Log log) {
        this.workers = workers;
        this.log = log;
    }

    /** Destroys a clone that no process uses, in the background. From any thread. */
    void destroy(ClonesDirectory clones, Clone clone) {
        dirty.incrementAndGet();
        workers.submit(Urgency.CLEANING, () -> {
            try {
                clones.destroy(clone);
            } catch (IOException e) {
                // Its name says that it is dirty: the next service tries again.
                log.line("cannot destroy the clone " + clone.id() + ": " + Failure.reason(e));
            } finally {
                dirty.decrementAndGet();
            }
        });
    }

    /** Clones that are being destroyed or wait for it. */
    int dirty() {
        return dirty.get();
    }

    /** Sandboxes of earlier services that still run. */
    int adopted() {
        return adopted.get();
    }

    /**
     * Takes over what earlier services left: what is in use stays until its sandbox has ended, what is ready is
     * returned, and everything else is destroyed.
     */
    List<Clone> recover(ClonesDirectory clones) throws IOException {
        List<Clone> ready = new ArrayList<>();
        for (Clone clone : clones.list()) {
            switch (clone.state()) {
                case READY -> ready.add(clone);
                case MAKING, DIRTY -> destroy(clones, clone);
                case USED -> adopt(clones, clone);
            }
        }
        return ready;
    }

    private void adopt(ClonesDirectory clones, Clone clone) throws IOException {
        int lock = clones.openLock(clone);
        if (Descriptors.tryLock(lock)) {
            Descriptors.close(lock);
            destroy(clones, clone);
            return;
        }
        adopted.incrementAndGet();
        Thread waiter = new Thread(() -> awaitEnd(clones, clone, lock), "waits for " + clone.id());
        waiter.setDaemon(true);
        waiter.start();
    }

    private void awaitEnd(ClonesDirectory clones, Clone clone, int lock) {
        try {
            Descriptors.lock(lock);
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
            Processes.signal(sandbox.pidFd(), Linux.SIGKILL);
        } catch (IOException e) {
            log.line("cannot kill the sandbox of " + sandbox.used().id() + ": " + Failure.reason(e));
        }
    }
}
