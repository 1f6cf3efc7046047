package mayfly.clonepool.service;

import java.io.IOException;
import java.util.OptionalInt;
import mayfly.sandbox.RefusedException;

/**
 * The socket at which clients come: one of the service's own, with a file that comes and goes with it, or an inherited one
 * that stays where it is, with all who wait there, for the next service.
 */
final class Entrance {
    private final RuntimeDirectory runtime;
    private final OptionalInt inherited;

    Entrance(RuntimeDirectory runtime, OptionalInt inherited) {
        this.runtime = runtime;
        this.inherited = inherited;
    }

    boolean isInherited() {
        return inherited.isPresent();
    }

    /** The descriptor to accept connections from; a socket of its own is made. */
    int listen() throws RefusedException, IOException {
        return inherited.isPresent() ? inherited.getAsInt() : runtime.listen();
    }

    /** Nobody finds the service any more; who looks for it starts the next one. */
    void remove() throws IOException {
        if (inherited.isEmpty()) {
            runtime.removeSocket();
        }
    }
}
