package mayfly.integration.workshop;

import java.util.stream.Stream;

/** One way to run all scenarios. */
public record Setting(Identity identity, Client client) {
    /** All ways that are possible for whoever runs the tests: root can be anybody, others only themselves. */
    static Stream<Setting> all() {
        Setting user = new Setting(Identity.USER, Client.C);
        Setting java = new Setting(Identity.USER, Client.JAVA);
        if (!Host.isRoot()) {
            return Stream.of(user, java);
        }
        return Stream.of(new Setting(Identity.ROOT, Client.C), new Setting(Identity.MEMBER, Client.C), user, java);
    }

    @Override
    public String toString() {
        return identity + " " + client;
    }
}
