package mayfly.sandbox.posix;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Waits for the ends of children that nobody else waits for, however late they are: with one thread for all, so that children that
 * the kernel keeps take no more than a descriptor each. Thread-safe.
 */
final class ChildReaper {
    private static final int AT_ONCE = 16;

    private record Child(int pid, Runnable then) {
        /** Whether it has ended; it is gone then, and what follows has been done. */
        boolean isGone() {
            boolean gone;
            try {
                gone = Processes.poll(pid).isPresent();
            } catch (PosixException e) {
                gone = true; // somebody else has waited for it
            }
            if (gone) {
                then.run();
            }
            return gone;
        }
    }

    private final Poller poller;
    private final Map<Integer, Child> watched = new HashMap<>();

    /** Of which no descriptor could be had: looked at again whenever another child comes or ends. */
    private final List<Child> unwatched = new ArrayList<>();

    private ChildReaper() {
        try {
            poller = new Poller(AT_ONCE);
        } catch (PosixException e) {
            throw new IllegalStateException("cannot wait for children: " + e.reason(), e);
        }
    }

    /** Made with the first child. */
    private static final class OfThisProcess {
        static final ChildReaper REAPER = start();

        private static ChildReaper start() {
            ChildReaper reaper = new ChildReaper();
            Thread thread = new Thread(reaper::run, "waits for children's ends");
            thread.setDaemon(true);
            thread.start();
            return reaper;
        }
    }

    static ChildReaper ofThisProcess() {
        return OfThisProcess.REAPER;
    }

    /** @param then done once the child is gone, by any thread; it must not fail */
    synchronized void add(int pid, Runnable then) {
        lookAtUnwatched();
        Child child = new Child(pid, then);
        if (!child.isGone() && !watch(child)) {
            unwatched.add(child);
        }
    }

    private boolean watch(Child child) {
        int pidFd;
        try {
            pidFd = Processes.pidFd(child.pid);
        } catch (PosixException e) {
            return false; // this process has too many descriptors
        }
        watched.put(pidFd, child);
        try {
            poller.add(pidFd, Poller.IN, pidFd);
            return true;
        } catch (PosixException e) {
            watched.remove(pidFd);
            Descriptors.close(pidFd);
            return false; // too many watches, or no memory for one
        }
    }

    private void run() {
        try {
            while (true) {
                int count = poller.await(-1);
                for (int i = 0; i < count; i++) {
                    ended((int) poller.key(i));
                }
            }
        } catch (PosixException e) {
            throw new IllegalStateException("cannot wait for children: " + e.reason(), e);
        }
    }

    private synchronized void ended(int pidFd) throws PosixException {
        Child child = watched.get(pidFd);
        if (child != null && child.isGone()) {
            watched.remove(pidFd);
            poller.remove(pidFd);
            Descriptors.close(pidFd);
        }
        lookAtUnwatched();
    }

    private void lookAtUnwatched() {
        unwatched.removeIf(Child::isGone);
    }
}
