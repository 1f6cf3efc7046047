package mayfly.clonepool.service;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What a client can ask, as {@code ASK} carries it. {@code template} is a template's name or its dataset. */
sealed interface Question {
    record Status() implements Question {}

    record Templates() implements Question {}

    record Stop() implements Question {}

    record Sessions() implements Question {}

    /** @param uid whose it is; empty: the asker's own */
    record EndSession(String name, OptionalLong uid) implements Question {}

    /** Gives up the ready clones of these templates; empty: of all that the asker may change. */
    record Drain(Optional<String> template) implements Question {}

    /** About one template; may take long. */
    sealed interface OfTemplate extends Question {
        String template();
    }

    /**
     * @param ready how many there are to be; empty: as many as are configured
     * @param force whether those that are there are replaced
     * @param sweep whether only what is not wanted is given up
     */
    record Refill(String template, OptionalInt ready, boolean force, boolean sweep) implements OfTemplate {}

    record Create(String template) implements OfTemplate {}

    /** @param name empty: the time */
    record TakeSnapshot(String template, Optional<String> name) implements OfTemplate {}

    record Snapshots(String template) implements OfTemplate {}

    /** @param snapshot empty: the newest */
    record Rollback(String template, Optional<String> snapshot) implements OfTemplate {}

    /** @param snapshot empty: the template with all its snapshots */
    record Destroy(String template, Optional<String> snapshot) implements OfTemplate {}

    record Directory(String template) implements OfTemplate {}
}
