package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Sockets;

/**
 * Tells a service manager how the service is, by sd_notify(3): that it is ready, that it is alive, what it does. The sign of
 * life comes from the event loop's own thread and from nowhere else, so that a loop that is stuck is noticed. For that thread.
 */
final class Notifier {
    private static final Duration STATUS_PAUSE = Duration.ofSeconds(2);
    private static final int STATUS_LENGTH = 400;
    private static final long NEVER = Long.MAX_VALUE;

    private final Optional<Bytes> manager;
    private final long period;
    private final Log log;
    private Supplier<?> status = () -> "";
    private Object said = "";
    private long saidAt = System.nanoTime() - STATUS_PAUSE.toNanos();
    private long nextSign;
    private boolean isReady;

    private Notifier(Optional<Bytes> manager, long period, Log log) {
        this.manager = manager;
        this.period = period;
        this.log = log;
    }

    /** One that nobody listens to. */
    static Notifier none(Log log) {
        return new Notifier(Optional.empty(), NEVER, log);
    }

    /**
     * The one that the environment names.
     *
     * @throws RefusedException when a variable is not as sd_notify(3) and sd_watchdog_enabled(3) say: the manager would wait
     */
    static Notifier of(Map<String, String> environment, long pid, Log log) throws RefusedException {
        String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (socket.isEmpty()) {
            return none(log);
        }
        if ((!socket.startsWith("/") && !socket.startsWith("@")) || socket.length() == 1) {
            throw new RefusedException(
                    "cannot tell the service manager: NOTIFY_SOCKET names no Unix socket: " + socket);
        }
        return new Notifier(Optional.of(Bytes.utf8(socket)), period(environment, pid), log);
    }

    /** Half of what the manager waits for, in ns. */
    private static long period(Map<String, String> environment, long pid) throws RefusedException {
        String time = environment.getOrDefault("WATCHDOG_USEC", "");
        String whose = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        if (time.isEmpty() || !whose.equals(Long.toString(pid))) {
            return NEVER;
        }
        if (!time.matches("[1-9][0-9]{0,14}")) {
            throw new RefusedException("cannot tell the service manager: WATCHDOG_USEC is no time: " + time);
        }
        return TimeUnit.MICROSECONDS.toNanos(Long.parseLong(time)) / 2;
    }

    /**
     * Clients are served from now on.
     *
     * @param now what the service does: a value that is another one when that has changed, and one line as text. It is asked at
     *     each wake-up of the event loop
     */
    void ready(Supplier<?> now) {
        status = now;
        isReady = true;
        nextSign = System.nanoTime();
        send("READY=1\n" + statusLine(System.nanoTime()));
    }

    /** The configuration is being read again; {@link #reloaded} follows. */
    void reloading() {
        // In HotSpot nanoTime is CLOCK_MONOTONIC, which the manager compares with (os_posix.cpp).
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1_000);
    }

    void reloaded() {
        send("READY=1\n" + statusLine(System.nanoTime()));
    }

    void stopping() {
        if (isReady) {
            isReady = false;
            send("STOPPING=1\nSTATUS=Ending; commands go on.");
        }
    }

    private String statusLine(long now) {
        said = status.get();
        saidAt = now;
        return "STATUS=" + OneLine.of(said.toString(), STATUS_LENGTH);
    }

    private void send(String text) {
        if (manager.isEmpty()) {
            return;
        }
        try {
            // Anew each time: the manager may be another one meanwhile.
            int socket = Sockets.messagesTo(manager.get());
            try {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                Descriptors.writeFully(
                        socket,
                        ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
            } finally {
                Descriptors.close(socket);
            }
        } catch (IOException e) {
            log.line("cannot tell the service manager: " + Failure.reason(e) + " (" + manager.get() + ")");
        }
    }

    /** Time until {@link #tick} has something to do, in ns. */
    long left(long now) {
        if (manager.isEmpty() || !isReady) {
            return NEVER;
        }
        long sign = period == NEVER ? NEVER : Math.max(0, nextSign - now);
        boolean isOld = !said.equals(status.get());
        return isOld ? Math.min(sign, Math.max(0, saidAt + STATUS_PAUSE.toNanos() - now)) : sign;
    }

    void tick(long now) {
        if (manager.isEmpty() || !isReady) {
            return;
        }
        if (period != NEVER && now - nextSign >= 0) {
            nextSign = now + period;
            send("WATCHDOG=1");
        }
        if (now - saidAt >= STATUS_PAUSE.toNanos() && !said.equals(status.get())) {
            send(statusLine(now));
        }
    }
}
