package mayfly.clonepool.audit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Entries that wait for being written: a bounded amount of all, and of one user at most a quarter of that, so that nobody's
 * entries push out those of others. Thread-safe; nobody ever holds it for longer than a few instructions.
 */
final class Backlog {
    private static final int SHARE = 4;

    private final long most;
    private List<Entry> entries = new ArrayList<>();
    private Map<Long, Long> weights = new HashMap<>();
    private long weight;
    private long lost;

    /** What was there, and how many there was no room for. */
    record Batch(List<Entry> entries, long lost) {}

    /** @param most weight of all entries together */
    Backlog(long most) {
        this.most = most;
    }

    /** Keeps the entry, or counts it as lost. */
    synchronized void add(Entry entry) {
        int more = entry.weight();
        long own = weights.getOrDefault(entry.uid(), 0L) + more;
        if (weight + more > most || own > most / SHARE) {
            lost++;
            return;
        }
        weights.put(entry.uid(), own);
        weight += more;
        entries.add(entry);
    }

    synchronized Batch take() {
        Batch batch = new Batch(entries, lost);
        entries = new ArrayList<>();
        weights = new HashMap<>();
        weight = 0;
        lost = 0;
        return batch;
    }
}
