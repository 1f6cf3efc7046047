package mayfly.clonepool.service;

import java.util.Optional;
import mayfly.sandbox.posix.JavaSignals;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Terminals;

/**
 * SIGHUP, which asks a service to read its configuration again. On a terminal it says that the terminal is gone, and ends the
 * service as ever. Thread-safe.
 */
final class Hangup {
    private Optional<Runnable> action = Optional.empty();
    private boolean came;

    /** Takes the signal from now on; one that comes before {@link #begin} is remembered. */
    void take() {
        if (!Terminals.isTerminal(0)) {
            JavaSignals signals = new JavaSignals();
            signals.handle("HUP", signals.handler(number -> received(), Kernel.SIGHUP));
        }
    }

    /** @param action runs at each signal */
    synchronized void begin(Runnable action) {
        this.action = Optional.of(action);
        if (came) {
            action.run();
        }
    }

    private synchronized void received() {
        came = true;
        action.ifPresent(Runnable::run);
    }
}
