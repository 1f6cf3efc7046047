package mayfly.clonepool.service;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

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

    /**
     * Takes the next one that may have its turn now, of a user who may; this user's next turn comes after everybody
     * else's.
     */
    Optional<T> next(LongPredicate userMay, Predicate<T> may) {
        for (Map.Entry<Long, Set<T>> user : waiting.entrySet()) {
            if (userMay.test(user.getKey())) {
                for (T thing : user.getValue()) {
                    if (may.test(thing)) {
                        return Optional.of(take(user.getKey(), user.getValue(), thing));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private T take(Long uid, Set<T> things, T taken) {
        things.remove(taken);
        waiting.remove(uid);
        if (!things.isEmpty()) {
            waiting.put(uid, things);
        }
        return taken;
    }
}
