package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Root at work in a template. */
@InWorkshop(as = Identity.ROOT, with = Client.C, on = Backend.CHROOT)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class ChrootTest {
    /** Those of bubblewrap's root without MKNOD; and without SETFCAP, for what the test reads is a file of root's. */
    private static final String CAPABILITIES = "00000000200425fb";

    private final Workshop workshop;
    private final Path root;

    ChrootTest(Workshop workshop) {
        this.workshop = workshop;
        root = workshop.directory().resolve("root");
    }

    @BeforeEach
    void makeRoot() {
        BusyboxRoot.make(root);
    }

    private String inRoot(String script) {
        return workshop.prints("-t", root.toString(), "/bin/sh", "-c", script);
    }

    @Test
    void changes_stay_with_the_owners_that_they_were_given() {
        assertEquals("/", inRoot("echo new >/made; chown 1234:4321 /made; pwd"));
        assertEquals("1234:4321", Tool.output("stat", "-c", "%u:%g", root + "/made"));
    }

    @Test
    void nothing_stays_mounted() {
        assertEquals("there", inRoot("[ -e /proc/self ] && [ -c /dev/null ] && [ -d /sys/class ] && echo there"));
        assertFalse(Directories.read(Path.of("/proc/self/mountinfo")).contains(root.toString()));
        assertEquals(0, Directories.names(root.resolve("dev")).size());
        assertEquals(0, Directories.names(root.resolve("run")).size());
    }

    @Test
    @Against({Attack.KERNEL_SETTINGS, Attack.DEVICES})
    void the_machines_settings_and_devices_are_out_of_roots_reach() {
        assertEquals(
                CAPABILITIES + "\n1\n2",
                inRoot("for w in CapEff NoNewPrivs Seccomp; do sed -n \"s/^$w:\\s*//p\" /proc/self/status; done"));
        assertEquals(
                "refused",
                inRoot(
                        "(echo x >/proc/sys/vm/drop_caches) 2>/dev/null || (echo x >/sys/kernel/uevent_helper) 2>/dev/null"
                                + " || mknod /tmp/disk b 8 0 2>/dev/null || mount -t tmpfs x /tmp 2>/dev/null || echo refused"));
    }

    @Test
    void processes_are_its_own_and_the_network_is_the_hosts() {
        assertEquals("1", inRoot("ls /proc | grep -c '^1$'"));
        assertNotEquals(Tool.output("readlink", "/proc/self/ns/pid"), inRoot("readlink /proc/self/ns/pid"));
        assertEquals(Tool.output("readlink", "/proc/self/ns/net"), inRoot("readlink /proc/self/ns/net"));
        assertEquals(
                Tool.output("readlink", "/proc/self/ns/net"),
                workshop.prints("-n", "-t", root.toString(), "/bin/sh", "-c", "readlink /proc/self/ns/net"));
    }

    @Test
    void option_d_binds() {
        workshop.write("late", "late");
        assertEquals("late", workshop.prints("-d", "late:/mnt/deep/file", "cat", "/mnt/deep/file"));
        assertEquals("late", workshop.prints("-d", "late:/run/a/b", "cat", "/run/a/b"));
        assertFalse(Files.exists(Path.of("/mnt/deep")));
        workshop.mayfly("-t", root.toString(), "-d", "late:/missing", "/bin/sh", "-c", "true")
                .run()
                .fails(125, "cannot use the mount point /missing: No such file or directory", "");
    }

    @Test
    void display_and_sound_are_refused() {
        for (String option : java.util.List.of("-1", "-2", "--x11=trusted")) {
            workshop.mayfly(option, "true")
                    .run()
                    .fails(125, "cannot give display or sound to backend chroot: .*", "use --backend bwrap or lxc");
        }
    }

    @Test
    void a_clone_of_the_host_is_thrown_away() {
        assertEquals("gone", workshop.inside("rm -rf /etc; [ -e /etc ] || echo gone"));
        assertTrue(Files.exists(Path.of("/etc/passwd")));
    }

    @Test
    void the_commands_exit_status_and_signal_are_its_own() {
        workshop.mayfly("-t", root.toString(), "/bin/sh", "-c", "exit 7").run().exits(7);
        workshop.mayfly("-t", root.toString(), "/bin/sh", "-c", "kill -9 $$")
                .run()
                .exits(137);
    }

    @Test
    void whoever_kills_the_outermost_process_ends_all_of_it() {
        Call.Running running = workshop.mayfly("-t", root.toString(), "/bin/sh", "-c", "echo here; exec sleep 66")
                .start()
                .prints("here");
        long outermost = Outermost.of("sleep", "66");
        Tool.output("kill", "-KILL", Long.toString(outermost));
        running.await().exits(125);
        Eventually.holds("the command has ended", () -> ProcessTable.running("sleep", "66")
                .isEmpty());
    }

    @Test
    void a_killed_service_leaves_a_running_command_and_nothing_else() {
        Call.Running running = workshop.mayfly("-t", root.toString(), "/bin/sh", "-c", "echo here; exec sleep 67")
                .start()
                .prints("here");
        workshop.service().kill();
        assertTrue(running.isAlive());
        running.kill();
        running.await();
        workshop.startAgain();
        assertEquals("fine", inRoot("echo fine"));
    }
}
