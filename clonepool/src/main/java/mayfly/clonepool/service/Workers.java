package mayfly.clonepool.service;

import java.time.Duration;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads for what takes long: four times as many as processors at most, for they wait for other processes. What a client waits for goes first, destruction
 * last; tasks of the same kind start in the order in which they were given.
 */
final class Workers {
    /** How soon a task is wanted. */
    enum Urgency {
        CLIENT_WAITS,
        STOCK,
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

    private final AtomicLong numbers = new AtomicLong();
    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> named(work, "timer"));

    /** How many tasks are worked at at once. */
    static final int COUNT = 4 * Runtime.getRuntime().availableProcessors();

    Workers() {
        threads = new ThreadPoolExecutor(
                COUNT, COUNT, 1, TimeUnit.MINUTES, new PriorityBlockingQueue<>(), Workers::thread);
        threads.allowCoreThreadTimeOut(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        // What comes after the end is left to the next service, as after a crash.
        threads.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    void submit(Urgency urgency, Runnable work) {
        threads.execute(new Task(urgency, numbers.incrementAndGet(), work));
    }

    /** Submits the task when so much time has passed, unless the end comes before. */
    void later(Duration delay, Urgency urgency, Runnable work) {
        // It submits only, which cannot fail.
        ScheduledFuture<?> unused = timer.schedule(() -> submit(urgency, work), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Finishes what has been given, for at most so long; what has not begun by then never will. */
    void finish(long time, TimeUnit unit) throws InterruptedException {
        timer.shutdown();
        threads.shutdown();
        if (!threads.awaitTermination(time, unit)) {
            threads.shutdownNow();
        }
    }

    private static Thread thread(Runnable work) {
        return named(work, "worker");
    }

    private static Thread named(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
