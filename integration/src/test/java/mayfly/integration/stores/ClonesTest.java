package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.ServiceProcess;
import mayfly.integration.workshop.StoreKind;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@OnStores
class ClonesTest {
    private final Ground ground;
    private final Workshop workshop;
    private static int snapshots;

    ClonesTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
        if (!java.nio.file.Files.exists(ground.directory("t"))) {
            ground.template("t", "ready = 3", "ready-max = 3");
            ground.snapshot("t", "begin");
        }
    }

    @BeforeEach
    void full() {
        PoolView.settled(workshop);
    }

    /** Takes a snapshot of the template with this in /etc/name. */
    private String snapshot(String content) {
        String name = "s" + ++snapshots;
        Directories.write(ground.directory("t").resolve("etc/name"), content + "\n");
        ground.snapshot("t", name);
        return name;
    }

    @AfterEach
    void asBefore() {
        if (!workshop.prints("-z", "t", "cat", "/etc/name").equals("template")) {
            snapshot("template");
            Eventually.holds("the template is as before", () -> workshop.prints("-z", "t", "cat", "/etc/name")
                    .equals("template"));
        }
    }

    @Test
    @Against(Attack.SURVIVORS)
    void each_command_has_a_root_that_no_other_touched() {
        for (int i = 0; i < ground.atMost(24); i++) {
            assertEquals(
                    "template",
                    workshop.prints(
                            "-z", "t", "sh", "-c", "cat /etc/name; echo touched >/etc/name; rm -rf /bin /tmp; true"));
        }
    }

    @Test
    void so_many_clones_are_ready_as_are_configured() {
        PoolView view = PoolView.settled(workshop);
        assertEquals(3, view.template("t").number("ready"));
        assertEquals(3 + view.template("t").number("parked"), ground.clones().size());
    }

    @Test
    void a_newer_snapshot_is_found_and_a_run_never_waits_for_it() {
        workshop.prints("-z", "t", "true");
        PoolView.settled(workshop);
        String name = snapshot("newer");
        String first = workshop.prints("-z", "t", "cat", "/etc/name");
        assertTrue(Set.of("template", "newer").contains(first), first);

        Eventually.holds("commands run in the newer snapshot", () -> workshop.prints("-z", "t", "cat", "/etc/name")
                .equals("newer"));
        assertEquals(name, PoolView.settled(workshop).template("t").text("snapshot"));
        // All of the older ones are gone, ready and parked ones.
        for (int i = 0; i < 6; i++) {
            assertEquals("newer", workshop.prints("-z", "t", "cat", "/etc/name"));
        }
        String line = workshop.bash("mayfly -z t --status-fd 3 true 3>&1").run().succeeds();
        assertTrue(line.contains("\"snapshot\":\"" + name + "\""), line);
    }

    @Test
    void refilling_with_force_replaces_all() {
        workshop.prints("-z", "t", "true");
        PoolView.settled(workshop);
        Set<String> before = new HashSet<>(ground.clones());
        workshop.subcommand("pool", "refill", "t", "--force").run().exits(0);
        PoolView.settled(workshop);
        Set<String> after = new HashSet<>(ground.clones());
        after.retainAll(before);
        assertEquals(Set.of(), after);
    }

    @Test
    void ready_clones_are_kept_when_the_service_starts_again_and_all_others_are_destroyed() {
        workshop.prints("-z", "t", "true");
        PoolView.settled(workshop);
        workshop.service().stop();
        List<String> left = ground.clones();
        assertEquals(3, left.size());

        workshop.startAgain();

        PoolView.settled(workshop);
        assertEquals(Set.copyOf(left), Set.copyOf(ground.clones()));
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void a_command_survives_the_service_and_its_clone_is_destroyed_after_it() {
        Call.Running running = workshop.mayfly(
                        "-z",
                        "t",
                        "sh",
                        "-c",
                        "echo mine >/etc/name; trap 'cat /etc/name; exit 6' USR1; echo ready; "
                                + "while :; do sleep 0.05; done")
                .start()
                .prints("ready");
        workshop.service().kill();
        ServiceProcess next = workshop.startAgain();
        assertEquals("template", workshop.prints("-z", "t", "cat", "/etc/name"));
        assertEquals(1, PoolView.of(workshop).status().number("adopted"));

        assertEquals("ready\nmine", running.signal("USR1").await().exits(6).text());

        PoolView view = PoolView.settled(workshop);
        assertEquals(view.clones("t"), ground.clones().size());
        assertTrue(next.isAlive());
    }

    @Test
    void many_at_once_get_different_clones() {
        int count = ground.atMost(40);
        String lines = workshop.bash("""
                        for i in $(seq %d); do
                            mayfly -z t --status-fd 3 sh -c 'cat /etc/name; echo other >/etc/name' 3>&1 &
                        done
                        wait
                        """.formatted(count)).run().succeeds();
        List<String> clones = new ArrayList<>();
        lines.lines()
                .filter(line -> line.startsWith("{"))
                .forEach(line -> clones.add(line.replaceFirst(".*\"clone\":", "")));
        assertEquals(count, clones.size());
        assertEquals(count, Set.copyOf(clones).size());
        assertEquals(count, lines.lines().filter("template"::equals).count());
        assertFalse(lines.contains("other"));
    }

    @Test
    void what_is_mounted_for_sandboxes_is_in_no_table_of_the_host() {
        Call.Running running = workshop.mayfly("-z", "t", "sh", "-c", "echo ready; sleep 1000")
                .start()
                .prints("ready");
        String mounts = Directories.read(java.nio.file.Path.of("/proc/self/mountinfo"));
        assertFalse(mounts.lines().anyMatch(line -> line.contains("t_1")), mounts);
        running.signal("TERM").await();
        if (ground.kind() == StoreKind.ZFS) {
            assertTrue(ground.clones().stream().allMatch(clone -> clone.startsWith("t_")));
        }
    }
}
