package mayfly.clonepool.service;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.DirectoryWatch;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.root.MountTable;

/**
 * Has the machine's system looked at again when something was mounted or a directory changed from which it was planned:
 * at once, but once a second when that goes on and on. For the door's thread.
 */
final class HostWatch {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int LOOKS_AT_ONCE = 8;

    private final EventLoop loop;
    private final HostSystem host;
    private final Log log;
    private Runnable different = () -> {};
    private long paidUntil = System.nanoTime() - LOOKS_AT_ONCE * SECOND;
    private long lastChange = paidUntil;
    private boolean isDue;

    HostWatch(EventLoop loop, HostSystem host, Log log) {
        this.loop = loop;
        this.host = host;
        this.log = log;
    }

    /** @param whenDifferent what happens when the system's root has to be put together in another way */
    void begin(Runnable whenDifferent) throws IOException {
        different = whenDifferent;
        if (host.directories().isEmpty()) {
            return;
        }
        DirectoryWatch directories = host.directories().get();
        int mounts = Descriptors.open(NativePath.bytes(MountTable.FILE), Kernel.O_RDONLY, 0);
        loop.watch(mounts, Poller.PRIORITY, events -> changed());
        loop.watch(directories.fd(), Poller.IN, events -> {
            directories.drain();
            changed();
        });
    }

    private void changed() {
        long now = System.nanoTime();
        lastChange = now;
        isDue = true;
        tick(now);
    }

    /** Whether something was mounted, unmounted, made or removed since then, whatever came of it. */
    boolean hasChangedSince(long time) {
        return lastChange - time >= 0;
    }

    /**
     * Looks because a root could not be put together: although nothing has told of a change, unless that was done too
     * often; always, if something has. Whether there was one.
     */
    boolean looksDifferent(long now) {
        return (isDue || now - paidUntil >= 0) && look(now);
    }

    /** Time until {@link #tick} has something to do, in ns. */
    long left(long now) {
        return isDue ? Math.max(0, paidUntil - now) : Long.MAX_VALUE;
    }

    void tick(long now) {
        if (left(now) == 0) {
            look(now);
        }
    }

    private boolean look(long now) {
        isDue = false;
        // Each look costs a second; what is saved up is not more than some looks, and what is owed not more than one.
        paidUntil = Math.min(Math.max(paidUntil, now - LOOKS_AT_ONCE * SECOND), now) + SECOND;
        try {
            boolean changed = host.renew();
            if (changed) {
                different.run();
            }
            return changed;
        } catch (IOException e) {
            log.line("cannot read what is mounted: " + Failure.reason(e));
            return false;
        }
    }
}
