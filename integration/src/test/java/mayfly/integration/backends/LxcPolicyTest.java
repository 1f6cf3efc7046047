package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What an ordinary user may have of LXC. */
@InWorkshop(as = Identity.MEMBER, on = Backend.LXC)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcPolicyTest {
    private final Workshop workshop;
    private final String bridge = "mfp" + ProcessHandle.current().pid() % 1_000_000;
    private final String closed = "mfc" + ProcessHandle.current().pid() % 1_000_000;

    LxcPolicyTest(Workshop workshop) {
        this.workshop = workshop.configured("[lxc]\nbridges = [\"" + bridge + "\"]\n");
    }

    @BeforeEach
    void makeBridges() {
        Tool.output("ip", "link", "add", bridge, "type", "bridge");
        Tool.output("ip", "link", "add", closed, "type", "bridge");
    }

    @AfterEach
    void removeBridges() {
        Tool.output("ip", "link", "delete", bridge);
        Tool.output("ip", "link", "delete", closed);
    }

    @Test
    void a_bridge_that_the_configuration_names_is_everybodys() {
        assertEquals(
                "eth0\nlo",
                workshop.mayfly("-n", "ls", "/sys/class/net")
                        .env("LXC_NET_BR", bridge)
                        .run()
                        .succeeds());
    }

    @Test
    void other_bridges_and_tun_are_roots() {
        workshop.mayfly("-n", "true")
                .env("LXC_NET_BR", closed)
                .run()
                .fails(
                        125,
                        "cannot use the bridge " + closed + ": only root may",
                        "bridges under \\[lxc\\] in mayfly.toml names those for everybody, under \\[policy.NAME\\] those for some");
        workshop.mayfly("true")
                .env("LXC_MAP_TUN", "1")
                .run()
                .fails(
                        125,
                        "cannot map /dev/net/tun: only root may",
                        "tun = true under \\[lxc\\] in mayfly.toml lets everybody, under \\[policy.NAME\\] some");
    }

    @Test
    void a_directory_of_his_own_choice_is_no_root() {
        workshop.mayfly("-t", workshop.work().toString(), "true")
                .run()
                .fails(
                        125,
                        "cannot use --root with backend lxc: LXC would follow your path as root",
                        "use --backend bwrap");
    }
}
