package mayfly.clonepool.service;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads for what takes long. Each kind of work has threads of its own, so that however long some of it takes the others
 * go on. Of sandboxes, those that clients wait for are started first; tasks of the same urgency start in the order in
 * which they were given. Thread-safe.
 */
final class Workers {
    /** What a task is for. */
    enum Urgency {
        /** Starts a sandbox that a client waits for. */
        CLIENT_WAITS,
        /** Starts a sandbox to be parked. */
        STOCK,
        /** Makes clones in advance. */
        CLONES,
        /** Asks callers' displays and sound servers. */
        DESKTOPS,
        /** Asks the user database. */
        ACCOUNTS,
        /** Asks stores. */
        LOOKING,
        /** Runs hooks. */
        HOOKS,
        /** Destroys clones. */
        CLEANING
    }

    private record Task(Urgency urgency, long number, Runnable work) implements Runnable, Comparable<Task> {
        @Override
        public void run() {
            work.run();
        }

        @Override
        public int compareTo(Task other) {
            int byUrgency = urgency.compareTo(other.urgency);
            return byUrgency != 0 ? byUrgency : Long.compare(number, other.number);
        }
    }

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /** How many sandboxes are started at once: they wait for other processes. */
    static final int COUNT = 4 * PROCESSORS;

    /** How many hooks run at once: they are programs, and most wait for something. */
    static final int HOOKS_AT_ONCE = 16;

    private final AtomicLong numbers = new AtomicLong();
    private final ThreadPoolExecutor starters = threads(COUNT, "starts sandboxes");
    private final ThreadPoolExecutor makers = threads(4 * PROCESSORS, "makes clones");
    private final ThreadPoolExecutor askers = threads(COUNT, "asks displays");
    private final ThreadPoolExecutor readers = threads(COUNT, "asks the user database");
    private final ThreadPoolExecutor lookers = threads(Math.max(2, PROCESSORS), "asks stores");
    private final ThreadPoolExecutor hooks = threads(HOOKS_AT_ONCE, "runs hooks");
    private final ThreadPoolExecutor cleaners = threads(Math.max(2, PROCESSORS), "destroys clones");
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> named(work, "timer"));

    Workers() {
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    private static ThreadPoolExecutor threads(int count, String name) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                count, count, 1, TimeUnit.MINUTES, new PriorityBlockingQueue<>(), work -> named(work, name));
        threads.allowCoreThreadTimeOut(true);
        // What comes after the end is left to the next service, as after a crash.
        threads.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        return threads;
    }

    void submit(Urgency urgency, Runnable work) {
        ThreadPoolExecutor threads =
                switch (urgency) {
                    case CLIENT_WAITS, STOCK -> starters;
                    case CLONES -> makers;
                    case DESKTOPS -> askers;
                    case ACCOUNTS -> readers;
                    case LOOKING -> lookers;
                    case HOOKS -> hooks;
                    case CLEANING -> cleaners;
                };
        threads.execute(new Task(urgency, numbers.incrementAndGet(), work));
    }

    /** Submits the task when so much time has passed, unless the end comes before. */
    void later(Duration delay, Urgency urgency, Runnable work) {
        // It submits only, which cannot fail.
        ScheduledFuture<?> unused = timer.schedule(() -> submit(urgency, work), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Finishes what has been given, for at most so long; what has not begun by then never will. */
    void finish(long time, TimeUnit unit) throws InterruptedException {
        long deadline = System.nanoTime() + unit.toNanos(time);
        List<ThreadPoolExecutor> all = List.of(starters, makers, askers, lookers, hooks, cleaners);
        timer.shutdownNow();
        all.forEach(ThreadPoolExecutor::shutdown);
        for (ThreadPoolExecutor threads : all) {
            if (!threads.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                threads.shutdownNow();
            }
        }
    }

    private static Thread named(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
