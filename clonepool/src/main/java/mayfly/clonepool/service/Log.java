package mayfly.clonepool.service;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import mayfly.sandbox.OneLine;

/** Lines for the service's operator, on standard error. At most so many in a time that nobody can fill a disk. */
final class Log {
    private static final int LINES = 30;

    /** Of those, what clients can bring about: they must not keep the service's own from being read. */
    private static final int LINES_OF_CLIENTS = 15;

    private static final long PERIOD = TimeUnit.SECONDS.toNanos(30);
    private static final int LENGTH = 1_000;

    private final PrintStream out;
    private long periodStart = System.nanoTime();
    private int lines;
    private int linesOfClients;
    private int dropped;

    Log(PrintStream out) {
        this.out = out;
    }

    /** What a client has done, who may do so as often as he likes. */
    synchronized void client(String message) {
        countPeriod();
        if (linesOfClients < LINES_OF_CLIENTS) {
            linesOfClients++;
            line(message);
        } else {
            dropped++;
        }
    }

    synchronized void line(String message) {
        countPeriod();
        if (lines < LINES) {
            lines++;
            out.println("mayfly: " + OneLine.of(message, LENGTH));
        } else {
            dropped++;
        }
    }

    private void countPeriod() {
        long now = System.nanoTime();
        if (now - periodStart >= PERIOD) {
            if (dropped > 0) {
                out.println("mayfly: " + dropped + " lines were left out");
            }
            periodStart = now;
            lines = 0;
            linesOfClients = 0;
            dropped = 0;
        }
    }
}
