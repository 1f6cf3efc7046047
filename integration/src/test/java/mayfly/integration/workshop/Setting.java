package mayfly.integration.workshop;

import java.util.Arrays;
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
        return identity == Identity.USER ? backend.needsNoRoot() : Host.isRoot() && client == Client.C;
    }

    /** Whether it is for a template's maintainers only. */
    boolean isMaintainers() {
        return backend == Backend.CHROOT && !identity.isRoot();
    }

    /** That of a display name which begins with what {@link #toString} makes. */
    public static Optional<Setting> of(String name) {
        return all().filter(setting -> (name + " ").startsWith(setting + " ")).findFirst();
    }

    @Override
    public String toString() {
        return identity + " " + client + " " + backend;
    }
}
