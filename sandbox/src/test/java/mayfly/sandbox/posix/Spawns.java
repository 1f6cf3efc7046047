package mayfly.sandbox.posix;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;

/** Child processes for the tests. */
final class Spawns {
    private Spawns() {}

    /** A program that {@code env} finds in the path. */
    static Spawn command(String... words) {
        List<Bytes> arguments = new ArrayList<>(List.of(Bytes.utf8("env")));
        Arrays.stream(words).map(Bytes::utf8).forEach(arguments::add);
        return new Spawn(
                Bytes.utf8("/usr/bin/env"),
                arguments,
                List.of(Bytes.utf8("PATH=/usr/bin:/bin"), Bytes.utf8("LC_ALL=C")),
                List.of(0, 1, 2),
                Optional.empty(),
                false);
    }

    static Spawn with(Spawn spawn, Integer... descriptors) {
        return new Spawn(
                spawn.program(),
                spawn.arguments(),
                spawn.environment(),
                List.of(descriptors),
                spawn.directory(),
                spawn.newSession());
    }
}
