package mayfly.sandbox;

import java.util.HashMap;
import java.util.Map;

/**
 * How many there are of each; what there is none of takes no room. For one thread at a time.
 *
 * @param <K> what is told apart
 */
public final class Counts<K> {
    private final Map<K, Integer> counts = new HashMap<>();

    public void add(K key) {
        counts.merge(key, 1, Integer::sum);
    }

    /** One less, if there is one. */
    public void remove(K key) {
        counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }

    public int of(K key) {
        return counts.getOrDefault(key, 0);
    }
}
