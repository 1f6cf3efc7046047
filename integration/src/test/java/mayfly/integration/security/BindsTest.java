package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sources and targets of binds that are none, and what is left of them on the host: nothing. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class BindsTest {
    private static final int KILLED = 40;

    private final Workshop workshop;

    BindsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @BeforeEach
    void make() {
        workshop.bash("rm -rf place; mkdir -p place/directory; cd place; echo text >file; mkfifo fifo; ln -s file link;"
                        + " ln -s nowhere dangling; ln -s loop loop; ln -s / up;"
                        + " python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")'")
                .run()
                .succeeds();
    }

    @AfterEach
    void others_are_served() {
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    /** What is in the places of the host where a mount point could have been made. */
    private String host() {
        return workshop.bash(
                        "find place; ls -d /mayfly-test-* /run/mayfly-test-* /tmp/mayfly-test-point* /mnt/mayfly-test-*"
                                + " /dev/shm/mayfly-test-* 2>/dev/null; true")
                .run()
                .succeeds();
    }

    private Outcome bind(String source, String target, String script) {
        return workshop.mayfly("-d", source + ":" + target, "sh", "-c", script, "sh", target)
                .run();
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void sources_that_lead_nowhere_are_refused() {
        String before = host();
        List<String> sources = new ArrayList<>(List.of(
                "place/dangling",
                "place/loop",
                "place/nothing",
                "place/file/",
                "place/file/x",
                "place/" + "x".repeat(300),
                "x/".repeat(2100)));
        if (workshop.identity().hasSystemService()) {
            // In his own service they lead to what is his in any case.
            sources.addAll(List.of("/proc/self/fd/0", "/proc/1/root"));
        }
        for (String source : sources) {
            Outcome outcome = bind(source, "/tmp/mayfly-test-point", "true");
            assertEquals(125, outcome.status(), outcome.toString());
            assertTrue(outcome.stderr().startsWith("mayfly: cannot "), outcome.toString());
        }
        assertEquals(before, host());
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void sources_that_lead_about_are_what_their_user_sees_there() {
        String work = workshop.work() + "/place";
        for (String source :
                List.of("place/link", "place/../place/file", "place/directory/../link", "place/up/" + work + "/file")) {
            assertEquals(
                    "text", bind(source, "/tmp/mayfly-test-point", "cat $1").succeeds(), source);
        }
        assertEquals(
                "fifo",
                bind("place/fifo", "/tmp/mayfly-test-point", "[ -p $1 ] && echo fifo")
                        .succeeds());
        assertEquals(
                "socket",
                bind("place/socket", "/tmp/mayfly-test-point", "[ -S $1 ] && echo socket")
                        .succeeds());
    }

    @Test
    @Against({Attack.HOSTILE_BINDS, Attack.DEVICES})
    void a_device_that_is_bound_is_no_way_to_it() {
        for (String device :
                List.of("/dev/kmsg", "/dev/loop-control", "/dev/mem", "/dev/vda", "/dev/fuse", "/dev/net/tun")) {
            Outcome outcome =
                    bind(device, "/tmp/mayfly-test-point", "(: <$1) 2>/dev/null || (: >$1) 2>/dev/null && echo open");
            assertEquals("", outcome.text(), outcome.toString());
        }
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void targets_that_are_no_place_inside_are_refused_or_inside() {
        String before = host();
        for (String target : List.of(
                "/",
                "/..",
                "/../../mayfly-test-up",
                "relative",
                "",
                "/tmp/../../../../mayfly-test-up",
                "/proc/self/cwd/mayfly-test-cwd",
                "/proc/1/root/mayfly-test-root",
                "/proc/mayfly-test-proc",
                "/sys/mayfly-test-sys",
                "/proc/sys/kernel/core_pattern",
                "/etc/passwd/mayfly-test-file",
                "/" + "x".repeat(300),
                "/x".repeat(2100))) {
            Outcome outcome = bind("place/file", target, "echo ran");
            if (outcome.status() == 125) {
                assertTrue(outcome.stderr().startsWith("mayfly: cannot "), outcome.toString());
            } else {
                assertEquals("ran", outcome.succeeds());
            }
            assertEquals(before, host());
        }
    }

    @Test
    @Against({Attack.HOSTILE_BINDS, Attack.VIOLENT_ENDS})
    void no_mount_point_is_left_by_who_was_killed() {
        String before = host();
        String work = workshop.work() + "/place";
        List<Call.Running> running = new ArrayList<>();
        for (int i = 0; i < KILLED; i++) {
            Call.Running run = workshop.mayfly(
                            "-d",
                            "place/directory:" + work + "/new" + i + "/deep",
                            "-d",
                            "place/file:/mayfly-test-" + i,
                            "-d",
                            "place/file:/run/mayfly-test-" + i,
                            "sh",
                            "-c",
                            "echo ran; exec sleep 8769.1")
                    .start();
            running.add(run);
            switch (i % 3) {
                case 0 -> run.prints("ran");
                case 1 ->
                    Eventually.holds(
                            "it has connected", () -> ProcessTable.descriptors(run.pid()) > 3 || !run.isAlive());
                default -> {} // wherever it is
            }
            run.kill();
        }
        running.forEach(Call.Running::await);
        Eventually.holds(
                "all have ended", () -> ProcessTable.running("sleep", "8769.1").isEmpty());

        assertEquals(before, host());
    }
}
