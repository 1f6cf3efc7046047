package mayfly.clonepool.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import mayfly.clonepool.store.Failure;

/** One of the places where lines go: counts those that did not get there, and says so once. For one thread. */
final class Sink {
    /** Takes lines. */
    interface Writer {
        void write(List<byte[]> lines) throws IOException;

        /** How many of them it has, whatever was thrown. */
        int written();
    }

    /** How soon the same trouble is told again. */
    private static final long AGAIN = TimeUnit.MINUTES.toNanos(1);

    private final Consumer<String> complain;
    private long lost;
    private String trouble = "";
    private boolean isTold;
    private String lastTold = "";
    private long toldAt;

    Sink(Consumer<String> complain) {
        this.complain = complain;
    }

    /**
     * Writes the lines, before them how many were lost since the last time.
     *
     * @param name what the writer writes to, for complaints
     * @param dropped entries for which there was no room before
     */
    void write(String name, Writer writer, List<byte[]> lines, long dropped, long millis) {
        lost += dropped;
        List<byte[]> all = new ArrayList<>(lines.size() + 1);
        if (lost > 0) {
            all.add(line(new Entry.Lost(millis, lost)));
        }
        int extra = all.size();
        all.addAll(lines);
        if (all.isEmpty()) {
            return;
        }
        String reason = "";
        try {
            writer.write(all);
        } catch (IOException e) {
            reason = Failure.reason(e);
        } catch (RuntimeException e) {
            reason = e.toString();
        }
        int written = writer.written();
        if (extra > 0 && written > 0) {
            lost = 0;
        }
        lost += lines.size() - Math.max(0, written - extra);
        tell(name, reason);
    }

    private void tell(String name, String reason) {
        if (reason.equals(trouble)) {
            return;
        }
        trouble = reason;
        long now = System.nanoTime();
        if (!reason.isEmpty()) {
            // On a disk that is nearly full short lines fit and long ones do not, in turn.
            isTold = !reason.equals(lastTold) || now - toldAt > AGAIN;
            if (isTold) {
                lastTold = reason;
                toldAt = now;
                complain.accept("cannot write " + name + ": " + reason + "; lines are lost, and counted there");
            }
        } else if (isTold) {
            complain.accept(name + " is written again");
        }
    }

    static byte[] line(Entry entry) {
        return (Lines.of(entry) + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
