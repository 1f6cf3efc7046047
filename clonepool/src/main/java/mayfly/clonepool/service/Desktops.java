package mayfly.clonepool.service;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import mayfly.clonepool.desktop.Asked;
import mayfly.clonepool.desktop.Desktop;
import mayfly.clonepool.desktop.Share;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.RefusedException;

/**
 * Has found what claims get of their callers' desktops. It is asked by workers, since a user's server may never answer: he
 * has no more than half of them, and users take turns. For the door's thread.
 */
final class Desktops {
    private static final int MOST_OF_ONE = Workers.COUNT / 2;

    /** What was found, or why nothing is given. */
    record Found(Optional<Share> share, Optional<RefusedException> refusal) {}

    private record Search(Asked asked, Consumer<Found> then) {}

    private final EventLoop loop;
    private final Workers workers;
    private final Desktop desktop;
    private final Log log;
    private final Turns<Connection> turns = new Turns<>();
    private final Map<Connection, Search> waiting = new HashMap<>();
    private final Map<Long, Integer> atWorkOf = new HashMap<>();
    private int atWork;

    Desktops(EventLoop loop, Workers workers, Desktop desktop, Log log) {
        this.loop = loop;
        this.workers = workers;
        this.desktop = desktop;
        this.log = log;
    }

    /** Has it found; {@code then} runs in the loop's thread, unless the connection is withdrawn before its turn. */
    void find(Connection connection, Asked asked, Consumer<Found> then) {
        waiting.put(connection, new Search(asked, then));
        turns.add(asked.caller().uid(), connection);
        beginNext();
    }

    /** Nobody waits any more. */
    void withdraw(Connection connection) {
        Search search = waiting.remove(connection);
        if (search != null) {
            turns.remove(search.asked().caller().uid(), connection);
        }
    }

    /** Removes what was made for a run that is over. */
    void forget(Share share) {
        try {
            desktop.forget(share);
        } catch (IOException e) {
            log.line("cannot remove a cookie: " + Failure.reason(e));
        }
    }

    private void beginNext() {
        while (atWork < Workers.COUNT) {
            Optional<Connection> next =
                    turns.next(uid -> atWorkOf.getOrDefault(uid, 0) < MOST_OF_ONE, connection -> true);
            Search search = next.map(waiting::remove).orElse(null);
            if (search == null) {
                return;
            }
            begin(search);
        }
    }

    private void begin(Search search) {
        atWork++;
        atWorkOf.merge(search.asked().caller().uid(), 1, Integer::sum);
        workers.submit(Urgency.DESKTOPS, () -> {
            Found found = found(search.asked());
            loop.post(() -> ended(search, found));
        });
    }

    private Found found(Asked asked) {
        try {
            return new Found(Optional.of(desktop.share(asked)), Optional.empty());
        } catch (RefusedException e) {
            return new Found(Optional.empty(), Optional.of(e));
        } catch (IOException | RuntimeException | Error e) {
            log.line("cannot look at a desktop: " + e);
            return new Found(Optional.empty(), Optional.of(new RefusedException("cannot look at your desktop: " + e)));
        }
    }

    private void ended(Search search, Found found) {
        atWork--;
        atWorkOf.computeIfPresent(search.asked().caller().uid(), (uid, count) -> count == 1 ? null : count - 1);
        beginNext();
        search.then().accept(found);
    }
}
