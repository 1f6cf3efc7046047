package mayfly.clonepool.config;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One listener: each connection to its sockets is served by a command in a sandbox of its own.
 *
 * @param sockets where it listens
 * @param user whose the sandboxes are; empty: the service's own user
 * @param passesListener whether one command gets the sockets themselves and accepts
 * @param template the template of the runs; empty: the default one
 * @param options further options of the runs
 * @param command the command and its arguments
 */
public record ListenConfiguration(
        String name,
        Sockets sockets,
        Bounds bounds,
        Optional<String> user,
        boolean passesListener,
        Optional<String> template,
        List<String> options,
        List<String> command) {
    public ListenConfiguration {
        options = List.copyOf(options);
        command = List.copyOf(command);
    }

    /**
     * Where it listens, as {@code mayfly listen} takes it.
     *
     * @param tcp {@code ADDRESS:PORT}
     * @param unix absolute paths
     * @param mode of the sockets at these, in octal; empty: as the umask says
     */
    public record Sockets(List<String> tcp, List<String> unix, Optional<String> mode) {
        public Sockets {
            tcp = List.copyOf(tcp);
            unix = List.copyOf(unix);
        }
    }

    /**
     * How much of it there may be.
     *
     * @param max connections at once; empty: as {@code mayfly listen} has it
     * @param maxPerSource of one source; empty: as many
     * @param rate {@code 50/s}; empty: no limit
     * @param seconds how long each may take; empty: as long as it likes
     */
    public record Bounds(OptionalInt max, OptionalInt maxPerSource, Optional<String> rate, OptionalInt seconds) {}
}
