package mayfly.clonepool.service;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import mayfly.clonepool.desktop.Asked;
import mayfly.clonepool.desktop.Desktop;
import mayfly.clonepool.desktop.Share;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.RefusedException;

/** Has found what claims get of their callers' desktops, by workers, since a user's server may never answer. For the door's thread. */
final class Desktops {
    /** What was found, or why nothing is given. */
    record Found(Optional<Share> share, Optional<RefusedException> refusal) {}

    private final Asking asking;
    private final Desktop desktop;
    private final Log log;

    Desktops(EventLoop loop, Workers workers, Desktop desktop, Log log) {
        this.asking = new Asking(loop, workers, Urgency.DESKTOPS);
        this.desktop = desktop;
        this.log = log;
    }

    /** Has it found; {@code then} runs in the loop's thread, unless the connection is withdrawn before its turn. */
    void find(Connection connection, Asked asked, Consumer<Found> then) {
        asking.ask(connection, () -> {
            Found found = found(asked);
            return () -> then.accept(found);
        });
    }

    /** Nobody waits any more. */
    void withdraw(Connection connection) {
        asking.withdraw(connection);
    }

    /** Removes what was made for a run that is over. */
    void forget(Share share) {
        try {
            desktop.forget(share);
        } catch (IOException e) {
            log.line("cannot remove a cookie: " + Failure.reason(e));
        }
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
}
