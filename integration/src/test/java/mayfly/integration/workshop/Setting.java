package mayfly.integration.workshop;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One way to run all scenarios. */
public record Setting(Identity identity, Client client, Backend backend) {
    /** All ways that are possible for whoever runs the tests: root can be anybody, others only themselves. */
    static Stream<Setting> all() {
        return Arrays.stream(Backend.values())
                .flatMap(backend -> Arrays.stream(Identity.values()).flatMap(identity -> Arrays.stream(Client.values())
                        .map(client -> new Setting(identity, client, backend))))
                .filter(Setting::isPossible);
    }

    /** One identity with the slow client is enough. */
    private boolean isPossible() {
        return (identity == Identity.USER ? backend.needsNoRoot() : Host.isRoot() && client == Client.C);
    }

    /** Whether it is for a template's maintainers only. */
    boolean isMaintainers() {
        return backend == Backend.CHROOT && !identity.isRoot();
    }

    /** The setting that begins with these words, if they are of one: what {@link #toString} makes. */
    public static Optional<Setting> of(String text) {
        List<String> words = List.of(text.split(" ", -1));
        return all().filter(setting ->
                        List.of(setting.toString().split(" ", -1)).equals(words.subList(0, Math.min(3, words.size()))))
                .findFirst();
    }

    @Override
    public String toString() {
        return identity + " " + client + " " + backend;
    }
}
