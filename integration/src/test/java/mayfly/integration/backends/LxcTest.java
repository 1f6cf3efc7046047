package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What LXC has beyond what bubblewrap has, with the kernel's own bridge and control groups. */
@InWorkshop(as = Identity.ROOT, with = Client.C, on = Backend.LXC)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcTest {
    private static final Path CONTROL_GROUPS = Path.of("/sys/fs/cgroup");

    /** Values that no other sandbox of this machine has. */
    private static final String CPU = "37";

    private static final String CPU_QUOTA = "37000";
    private static final String MEMORY = "123";
    private static final String MEMORY_BYTES = Integer.toString(123 << 20);

    private final Workshop workshop;
    private final String bridge = "mft" + ProcessHandle.current().pid() % 1_000_000;

    /** What LXC's other users on this machine have left there. */
    private final List<String> before = containers();

    LxcTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private static List<String> containers() {
        Path directory = Path.of("/run/lxc");
        return Files.exists(directory) ? Directories.names(directory) : List.of();
    }

    @BeforeEach
    void makeBridge() {
        Tool.output("ip", "link", "add", bridge, "type", "bridge");
        Tool.output("ip", "link", "set", bridge, "up");
    }

    @AfterEach
    void removeBridge() {
        Tool.output("ip", "link", "delete", bridge);
    }

    private Call bridged(String... words) {
        return workshop.mayfly(words).env("LXC_NET_BR", bridge);
    }

    /** The values of this file in the control groups of all sandboxes, whichever version they are of. */
    private static List<String> limits(String version1, String version2) {
        boolean unified = Files.exists(CONTROL_GROUPS.resolve("cgroup.controllers"));
        List<Path> parents = unified
                ? List.of(CONTROL_GROUPS)
                : Directories.names(CONTROL_GROUPS).stream()
                        .map(CONTROL_GROUPS::resolve)
                        .toList();
        return parents.stream()
                .flatMap(parent -> Directories.names(parent).stream()
                        .filter(name -> name.startsWith("mayfly-"))
                        .map(parent::resolve))
                .map(group -> group.resolve(unified ? version2 : version1))
                .filter(Files::exists)
                .map(LxcTest::readIfThere)
                .toList();
    }

    /** A sandbox of another service may end meanwhile. */
    private static String readIfThere(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean isCpuLimited() {
        return limits("cpu.cfs_quota_us", "cpu.max").stream().anyMatch(limit -> limit.startsWith(CPU_QUOTA));
    }

    @Test
    void two_sandboxes_on_a_bridge_reach_each_other() {
        Call.Running first = bridged("-n", "sh", "-c", "ip addr add 10.213.77.1/24 dev eth0; echo up; exec sleep 61")
                .start()
                .prints("up");
        try {
            String answer = bridged(
                            "-n", "sh", "-c", "ip addr add 10.213.77.2/24 dev eth0; ping -c 3 -i 0.2 -W 5 10.213.77.1")
                    .run()
                    .exits(0)
                    .text();
            assertTrue(answer.contains("3 received"), answer);
        } finally {
            first.kill();
            first.await();
        }
    }

    @Test
    void without_the_option_there_is_a_loopback_alone() {
        assertEquals("lo", workshop.prints("ls", "/sys/class/net"));
        assertTrue(workshop.prints("ip", "-br", "addr").contains("127.0.0.1/8"));
    }

    @Test
    void a_bridge_that_is_none_is_refused() {
        workshop.mayfly("-n", "true")
                .env("LXC_NET_BR", "mfnone")
                .run()
                .fails(
                        125,
                        "cannot use the bridge mfnone: there is no such bridge",
                        "as root: ip link add mfnone type bridge; or name another one with LXC_NET_BR");
        workshop.mayfly("-n", "true")
                .env("LXC_NET_BR", "../../x")
                .run()
                .fails(
                        125,
                        "cannot use the bridge ../../x: that is no name of a network interface",
                        "give LXC_NET_BR the name of a bridge");
        workshop.mayfly("-n", "true")
                .env("LXC_NET_BR", "lo")
                .run()
                .fails(125, "cannot use the bridge lo: there is no such bridge", "as root: .*");
    }

    @Test
    void a_program_may_make_a_network_device_with_tun_alone() {
        String script = "ip tuntap add dev mf0 mode tun && ip -br link show mf0";
        String line = workshop.mayfly("sh", "-c", script)
                .env("LXC_MAP_TUN", "1")
                .run()
                .succeeds();
        assertTrue(line.startsWith("mf0"), line);
        assertNotEquals(0, workshop.mayfly("sh", "-c", script).run().status());
    }

    @Test
    void processor_and_memory_are_limited_as_the_variables_say() {
        Call.Running running = workshop.mayfly("sh", "-c", "echo here; exec sleep 62")
                .env("LXC_CPU_QUOTA", CPU)
                .env("LXC_MEM_MB_QUOTA", MEMORY)
                .start()
                .prints("here");
        try {
            assertTrue(isCpuLimited());
            assertTrue(limits("memory.limit_in_bytes", "memory.max").contains(MEMORY_BYTES));
        } finally {
            running.kill();
            running.await();
        }
        Outcome greedy = workshop.mayfly("python3", "-c", "x = bytearray(300 << 20); print('had it')")
                .env("LXC_CPU_QUOTA", CPU)
                .env("LXC_MEM_MB_QUOTA", MEMORY)
                .run();
        assertNotEquals(0, greedy.status(), greedy.toString());
        assertNothingIsLeft();
    }

    @Test
    void a_fifth_of_a_processor_is_what_a_sandbox_gets_otherwise() {
        Call.Running running = workshop.bash("unset LXC_CPU_QUOTA; exec mayfly sh -c 'echo here; exec sleep 63'")
                .start()
                .prints("here");
        try {
            assertTrue(limits("cpu.cfs_quota_us", "cpu.max").stream().anyMatch(limit -> limit.startsWith("20000")));
        } finally {
            running.kill();
            running.await();
        }
    }

    @Test
    void quotas_that_make_no_sense_are_refused() {
        workshop.mayfly("true")
                .env("LXC_CPU_QUOTA", "half")
                .run()
                .fails(125, "cannot use LXC_CPU_QUOTA=half: it must be a number from 0 to 100000", "give it in .*");
    }

    @Test
    void lxcs_log_comes_on_standard_error() {
        Outcome outcome =
                workshop.mayfly("true").env("DEBUG_LXC_SPAWN", "1").run().exits(0);
        assertTrue(outcome.stderr().contains("lxc-start mf"), outcome.stderr());
        assertEquals("", workshop.mayfly("true").run().stderr());
    }

    @Test
    void root_may_work_in_a_directory_itself() {
        Path root = Directories.of(workshop.account(), workshop.directory().resolve("root"));
        Directories.of(workshop.account(), root.resolve("bin"));
        Tool.output(
                "cp",
                Tool.output("which", "busybox"),
                root.resolve("bin/busybox").toString());
        workshop.prints("-t", root.toString(), "/bin/busybox", "touch", "/made");
        assertTrue(Files.exists(root.resolve("made")));
    }

    @Test
    void a_killed_lxc_takes_its_sandbox_with_it() {
        Call.Running running = bridged("-n", "sh", "-c", "echo here; exec sleep 64")
                .env("LXC_CPU_QUOTA", CPU)
                .start()
                .prints("here");
        Tool.output("kill", "-KILL", Long.toString(Outermost.of("sleep", "64")));
        running.await().exits(125);
        Eventually.holds("what runs in it ends", () -> ProcessTable.running("sleep", "64")
                .isEmpty());
        assertNothingIsLeft();
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void a_killed_service_leaves_nothing_that_the_next_one_does_not_remove() {
        Call.Running running = bridged("-n", "sh", "-c", "echo here; exec sleep 65")
                .env("LXC_CPU_QUOTA", CPU)
                .start()
                .prints("here");
        workshop.service().kill();
        assertTrue(running.isAlive(), "a command goes on without its service");
        workshop.startAgain();
        assertTrue(isCpuLimited());
        running.kill();
        running.await();
        Eventually.holds("the next service removes its control group", () -> !isCpuLimited());
        assertNothingIsLeft();
    }

    /** What a service that ends in haste leaves, the next one removes. */
    private void assertNothingIsLeft() {
        workshop.service().stop();
        workshop.startAgain();
        Eventually.holds("no control group is left", () -> !isCpuLimited());
        Eventually.holds("no network device is left", () -> Tool.output("ip", "-br", "link", "show", "master", bridge)
                .isEmpty());
        assertEquals(before, containers());
    }
}
