package mayfly.clonepool.service;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/** Things that wait for their turn: users take turns, and those of one user stay in order. For one thread. */
final class Turns<T> {
    private final Map<Long, Set<T>> waiting = new LinkedHashMap<>();

    void add(long uid, T thing) {
        waiting.computeIfAbsent(uid, user -> new LinkedHashSet<>()).add(thing);
    }

    void remove(long uid, T thing) {
        waiting.computeIfPresent(uid, (user, things) -> {
            things.remove(thing);
            return things.isEmpty() ? null : things;
        });
    }

    /** Takes the next one, of a user who may have a turn now; this user's next turn comes after everybody else's. */
    Optional<T> next(LongPredicate mayHaveTurn) {
        for (Map.Entry<Long, Set<T>> user : waiting.entrySet()) {
            if (mayHaveTurn.test(user.getKey())) {
                return Optional.of(take(user.getKey(), user.getValue()));
            }
        }
        return Optional.empty();
    }

    private T take(Long uid, Set<T> things) {
        Iterator<T> first = things.iterator();
        T taken = first.next();
        first.remove();
        waiting.remove(uid);
        if (!things.isEmpty()) {
            waiting.put(uid, things);
        }
        return taken;
    }
}
