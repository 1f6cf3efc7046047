package mayfly.clonepool.service;

import java.io.IOException;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import mayfly.sandbox.posix.EventFd;
import mayfly.sandbox.posix.Poller;
import org.jspecify.annotations.Nullable;

/**
 * Calls handlers in one thread, when their descriptors have events, when their time has come and when other threads
 * posted something. With nothing to do it sleeps in the kernel. All methods but {@link #post} are for that thread.
 */
final class EventLoop implements AutoCloseable {
    private static final int BATCH = 64;

    /** What happens to one descriptor. */
    interface Handler {
        void ready(int events) throws IOException;
    }

    /** What has to happen at a time. */
    interface Clock {
        /** Time until {@link #tick} has something to do, in ns; {@code Long.MAX_VALUE}: never. */
        long left(long now);

        void tick(long now) throws IOException;
    }

    private final Log log;
    private final Poller poller;
    private final EventFd mail;
    private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean signalled = new AtomicBoolean();
    private @Nullable Handler[] handlers = new Handler[64];
    // A descriptor's number is used again after close: events for its earlier use must not reach the new handler.
    private int[] generations = new int[64];
    private boolean stopped;

    EventLoop(Log log) throws IOException {
        this.log = log;
        poller = new Poller(BATCH);
        mail = new EventFd();
        watch(mail.fd(), Poller.IN, events -> {
            mail.drain();
            signalled.set(false);
            runPosted();
        });
    }

    void watch(int fd, int events, Handler handler) throws IOException {
        if (fd >= handlers.length) {
            int length = Math.max(fd + 1, 2 * handlers.length);
            handlers = Arrays.copyOf(handlers, length);
            generations = Arrays.copyOf(generations, length);
        }
        generations[fd]++;
        poller.add(fd, events, (long) generations[fd] << 32 | fd);
        handlers[fd] = handler;
    }

    /** Has to be called before the descriptor is closed. */
    void forget(int fd) throws IOException {
        if (fd < handlers.length && handlers[fd] != null) {
            handlers[fd] = null;
            poller.remove(fd);
        }
    }

    /** Lets the loop's thread run this; from any thread. */
    void post(Runnable task) {
        posted.add(task);
        if (signalled.compareAndSet(false, true)) {
            try {
                mail.signal();
            } catch (IOException e) {
                throw new IllegalStateException("an eventfd that cannot be written", e);
            }
        }
    }

    /** Works until {@link #stop}. */
    void run(Clock clock) throws IOException {
        while (!stopped) {
            long left = clock.left(System.nanoTime());
            int count = poller.await(millis(left));
            for (int i = 0; i < count; i++) {
                dispatch(poller.key(i), poller.events(i));
            }
            guarded(() -> clock.tick(System.nanoTime()));
        }
    }

    void stop() {
        stopped = true;
    }

    @Override
    public void close() {
        mail.close();
        poller.close();
    }

    private void dispatch(long key, int events) {
        int fd = (int) key;
        Handler handler = handlers[fd];
        if (handler != null && generations[fd] == (int) (key >>> 32)) {
            guarded(() -> handler.ready(events));
        }
    }

    private void runPosted() {
        for (Runnable task = posted.poll(); task != null; task = posted.poll()) {
            guarded(task::run);
        }
    }

    private interface Guarded {
        void run() throws IOException;
    }

    /** One client's trouble, even with a mistake in here or no memory for it, must not become everybody's. */
    private void guarded(Guarded action) {
        try {
            action.run();
        } catch (IOException | RuntimeException | Error e) {
            StackTraceElement[] trace = e.getStackTrace();
            log.line("unexpected: " + e + (trace.length > 0 ? " at " + trace[0] : ""));
        }
    }

    /** Rounded up, so that the time is over afterwards. */
    private static int millis(long nanos) {
        return nanos == Long.MAX_VALUE ? -1 : (int) Math.min(nanos / 1_000_000 + 1, Integer.MAX_VALUE);
    }
}
