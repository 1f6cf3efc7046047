package mayfly.clonepool.service;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Things that may take one and the same time from now on; adding and removing is cheap. For one thread. */
final class Deadlines<T> {
    private final long delay;
    private final LinkedHashMap<T, Long> due = new LinkedHashMap<>();

    Deadlines(Duration delay) {
        this.delay = delay.toNanos();
    }

    void add(T thing, long now) {
        due.put(thing, now + delay);
    }

    /** Leaves the time as it is if there is one. */
    void addUnlessThere(T thing, long now) {
        due.putIfAbsent(thing, now + delay);
    }

    void remove(T thing) {
        due.remove(thing);
    }

    boolean isEmpty() {
        return due.isEmpty();
    }

    /** Takes one whose time is over. */
    Optional<T> expired(long now) {
        Iterator<Map.Entry<T, Long>> entries = due.entrySet().iterator();
        if (entries.hasNext()) {
            Map.Entry<T, Long> first = entries.next();
            if (now - first.getValue() >= 0) {
                entries.remove();
                return Optional.of(first.getKey());
            }
        }
        return Optional.empty();
    }

    /** Takes the one whose time is over first, now. */
    Optional<T> next() {
        Iterator<T> things = due.keySet().iterator();
        if (!things.hasNext()) {
            return Optional.empty();
        }
        T first = things.next();
        things.remove();
        return Optional.of(first);
    }

    /** Time until the first one expires in ns; {@code Long.MAX_VALUE} when there is none. */
    long left(long now) {
        Iterator<Long> times = due.values().iterator();
        return times.hasNext() ? Math.max(0, times.next() - now) : Long.MAX_VALUE;
    }
}
