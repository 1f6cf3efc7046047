package mayfly.clonepool.service;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import mayfly.sandbox.OneLine;

/** Lines for the service's operator, on standard error. At most so many in a time that nobody can fill a disk. */
final class Log {
    private static final int LINES = 30;
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(30);
    private static final int LENGTH = 1_000;

    private final PrintStream out;
    private long periodStart = System.nanoTime();
    private int lines;
    private int dropped;

    Log(PrintStream out) {
        this.out = out;
    }

    synchronized void line(String message) {
        long now = System.nanoTime();
        if (now - periodStart >= PERIOD) {
            if (dropped > 0) {
                out.println("mayfly: " + dropped + " lines were left out");
            }
            periodStart = now;
            lines = 0;
            dropped = 0;
        }
        if (lines < LINES) {
            lines++;
            out.println("mayfly: " + OneLine.of(message, LENGTH));
        } else {
            dropped++;
        }
    }
}
