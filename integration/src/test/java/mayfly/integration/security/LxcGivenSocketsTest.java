package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend lxc. */
@OnBackend("lxc")
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcGivenSocketsTest extends GivenSocketsTest {
    private static final String BRIDGE = "mfg" + ProcessHandle.current().pid() % 1_000_000;

    private final Workshop workshop;

    LxcGivenSocketsTest(Workshop workshop) {
        super(workshop.using("lxc").with("LXC_CPU_QUOTA", "0").configured("[lxc]\nbridges = [\"" + BRIDGE + "\"]\n"));
        this.workshop = workshop;
    }

    /** With -n its network is the bridge's, and the host's still another one. */
    @Test
    @Against(Attack.GIVEN_SOCKET)
    void a_connection_stays_with_its_peer_on_a_bridge_too() {
        Tool.output("ip", "link", "add", BRIDGE, "type", "bridge");
        try {
            for (String kind : List.of("given", "listening")) {
                String printed = giver(workshop, kind, "127.0.0.1", "-n " + options())
                        .env("LXC_NET_BR", BRIDGE)
                        .run()
                        .succeeds();
                String all = "its peer hears: answer\n" + kept();
                assertEquals(kind.equals("given") ? all : all + "\n" + kept(), printed);
            }
        } finally {
            Tool.output("ip", "link", "delete", BRIDGE);
        }
    }

    @Override
    String options() {
        return "--backend lxc ";
    }
}
