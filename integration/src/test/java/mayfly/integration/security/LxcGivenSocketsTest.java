package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Bridge;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** With -n a sandbox of LXC has the network of a bridge, and the host's is still another one. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C,
        on = Backend.LXC)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcGivenSocketsTest {
    private static final String BRIDGE = Bridge.name("mfg");

    private final Workshop workshop;

    LxcGivenSocketsTest(Workshop workshop) {
        this.workshop = workshop.configured(Bridge.forAll(BRIDGE));
    }

    @Test
    @Against(Attack.GIVEN_SOCKET)
    void a_connection_stays_with_its_peer_on_a_bridge_too() {
        try (Bridge ignored = Bridge.open(BRIDGE)) {
            for (String kind : List.of("given", "listening")) {
                String printed = GivenSocketsTest.giver(workshop, kind, "127.0.0.1", "-n")
                        .env("LXC_NET_BR", BRIDGE)
                        .run()
                        .succeeds();
                String all = "its peer hears: answer\n" + GivenSocketsTest.kept();
                assertEquals(kind.equals("given") ? all : all + "\n" + GivenSocketsTest.kept(), printed);
            }
        }
    }
}
