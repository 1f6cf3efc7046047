package mayfly.launcher;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import mayfly.client.Progress;

/** Shows progress: on a terminal in one line that is drawn again, elsewhere in lines, at most one a second. For one thread. */
final class ProgressLine implements Consumer<Progress>, AutoCloseable {
    /** How it is shown. */
    enum Manner {
        NOT,
        DRAWN,
        LINES,
        /** Everything, with the time since the beginning. */
        TRACED
    }

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream out;
    private final Manner manner;
    private final LongSupplier clock;
    private final long begun;
    private long lastShown;
    private String last = "";
    private boolean isDrawn;

    ProgressLine(PrintStream out, Manner manner, LongSupplier clock) {
        this.out = out;
        this.manner = manner;
        this.clock = clock;
        this.begun = clock.getAsLong();
        this.lastShown = begun;
    }

    /** On a terminal in the manner of one, unless it is to be traced, or not to be shown. */
    static Manner manner(boolean terminal, boolean quiet, boolean trace) {
        if (trace) {
            return Manner.TRACED;
        }
        return quiet ? Manner.NOT : terminal ? Manner.DRAWN : Manner.LINES;
    }

    @Override
    public void accept(Progress progress) {
        String text = progress.toString();
        long now = clock.getAsLong();
        switch (manner) {
            case NOT -> {}
            case DRAWN -> {
                out.print(CLEAR + text);
                out.flush();
                isDrawn = true;
            }
            case LINES -> {
                // What takes less than a second needs no words, and a sign of life says nothing new.
                if (now - lastShown >= SECOND && !text.equals(last)) {
                    out.println("mayfly: " + text);
                    last = text;
                    lastShown = now;
                }
            }
            case TRACED -> out.printf("mayfly: %.3f s: %s%n", (now - begun) / 1e9, text);
        }
    }

    @Override
    public void close() {
        if (isDrawn) {
            out.print(CLEAR);
            out.flush();
        }
    }
}
