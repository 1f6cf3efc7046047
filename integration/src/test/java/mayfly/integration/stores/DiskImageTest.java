package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The machine's own system with its changes on a disk, by root's service. */
@InWorkshop(as = Identity.ROOT, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "root's service alone mounts an image")
class DiskImageTest {
    private static final String WAITS =
            "trap 'cat /root/mine; exit 6' USR1; echo mine >/root/mine; echo ready; " + "while :; do sleep 0.05; done";

    private final Workshop workshop;

    DiskImageTest(Workshop workshop) {
        this.workshop = workshop.configured("[service]\nimage-size = \"300m\"\n[template.host]\nupper = \"disk\"\n");
    }

    @BeforeEach
    void running() {
        workshop.service();
    }

    @AfterEach
    void nothing_remains_after_the_end() {
        if (!workshop.service().isAlive()) {
            workshop.startAgain();
        }
        workshop.service().stop();
        assertFalse(isMounted());
        Eventually.holds("the loop device is free", () -> devices() == 0);
        workshop.startAgain();
    }

    private Path disk() {
        return workshop.runtime().resolve("disk");
    }

    private boolean isMounted() {
        return Directories.read(Path.of("/proc/self/mountinfo")).contains(" " + disk() + " ");
    }

    private long devices() {
        return Tool.output("losetup", "--list", "--noheadings", "--output", "BACK-FILE")
                .lines()
                .filter(line -> line.startsWith(workshop.directory().toString()))
                .count();
    }

    private List<String> used() {
        return Directories.names(disk().resolve("clones")).stream()
                .filter(name -> name.endsWith(".used"))
                .toList();
    }

    @Test
    void changes_land_in_the_image_and_go_with_the_command() {
        String kibibytes = workshop.prints(
                "sh",
                "-c",
                "head -c 30000000 /dev/urandom >/root/much; sync; echo x >/etc/mayfly-probe; df -k --output=size / | tail -1");
        assertTrue(Long.parseLong(kibibytes.strip()) < 300 * 1024, kibibytes);
        assertFalse(Files.exists(Path.of("/etc/mayfly-probe")) || Files.exists(Path.of("/root/much")));
        assertTrue(isMounted());
        Eventually.holds("what it took is given back", () -> Tool.output(
                        "sh", "-c", "sync -f " + disk() + "; du -k " + workshop.data() + "/image.ext4 | cut -f1")
                .lines()
                .allMatch(size -> Long.parseLong(size) < 25_000));
    }

    @Test
    void a_command_sees_the_whole_system_and_can_change_all_of_it() {
        assertEquals(
                "gone",
                workshop.prints("sh", "-c", "rm -rf /usr/share /var/lib /home; [ -e /usr/share ] || echo gone"));
    }

    @Test
    void a_full_image_is_the_commands_own_trouble() {
        String said = workshop.mayfly("dd", "if=/dev/zero", "of=/root/big", "bs=1M")
                .run()
                .exits(1)
                .stderr();
        assertTrue(said.contains("No space left on device"), said);
        Eventually.holds(
                "there is room again",
                () -> workshop.mayfly("echo", "fine").run().status() == 0);
    }

    @Test
    void the_next_service_uses_what_a_killed_one_left_mounted() {
        Call.Running running = workshop.mayfly("sh", "-c", WAITS).start().prints("ready");
        workshop.service().kill();
        assertTrue(isMounted());
        workshop.startAgain();
        assertEquals(1, devices());
        assertEquals("fine", workshop.prints("echo", "fine"));
        assertEquals("ready\nmine", running.signal("USR1").await().exits(6).text());
    }

    @Test
    void a_command_that_outlives_its_service_keeps_the_image_until_its_end() {
        Call.Running running = workshop.mayfly("sh", "-c", WAITS).start().prints("ready");
        workshop.service().stop();
        assertFalse(isMounted());
        assertEquals(1, devices());
        assertEquals("ready\nmine", running.signal("USR1").await().exits(6).text());
        Eventually.holds("the loop device is free", () -> devices() == 0);
        workshop.startAgain();
        Eventually.holds(
                "its clone is destroyed",
                () -> used().isEmpty() || used().size() <= PoolView.of(workshop).clones());
    }

    @Test
    void the_next_service_mounts_the_device_that_a_living_command_has() {
        Call.Running running = workshop.mayfly("sh", "-c", WAITS).start().prints("ready");
        workshop.service().stop();
        workshop.startAgain();
        assertEquals(1, devices());
        assertEquals(1, PoolView.of(workshop).status().number("adopted"));
        assertEquals("ready\nmine", running.signal("USR1").await().exits(6).text());
        Eventually.holds(
                "it is seen to have ended", () -> PoolView.of(workshop).status().number("adopted") == 0);
    }

    @Test
    void an_image_that_cannot_be_repaired_is_made_anew() {
        workshop.service().stop();
        Eventually.holds("the loop device is free", () -> devices() == 0);
        Tool.output(
                "dd", "if=/dev/urandom", "of=" + workshop.data() + "/image.ext4", "bs=1M", "count=8", "conv=notrunc");
        workshop.startAgain();
        assertEquals("fine", workshop.prints("echo", "fine"));
        assertTrue(
                workshop.service().log().contains("is made anew"),
                workshop.service().log());
    }
}
