package mayfly.integration.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Root's service mounts binds into sandboxes that are parked already. */
@InWorkshop(as = {Identity.ROOT, Identity.MEMBER})
class LateBindsTest {
    private static final String PARKED = "took a parked sandbox";

    private final Workshop workshop;

    LateBindsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private Path source(String name, String content) {
        Path file = workshop.write(name, content);
        return file.toAbsolutePath();
    }

    @Test
    void a_run_with_a_bind_finds_a_parked_sandbox() {
        Path file = source("late", "late");
        workshop.prints("true");
        Eventually.holds("the run with a bind is in a parked sandbox", () -> {
            var outcome = workshop.mayfly("-x", "-d", file + ":/tmp/late", "cat", "/tmp/late")
                    .run();
            assertEquals("late", outcome.exits(0).text());
            return outcome.stderr().contains(PARKED);
        });
    }

    @Test
    @Against({Attack.PROPAGATION, Attack.SETUID_FILE})
    void a_bind_brings_neither_privileges_nor_devices_and_what_is_mounted_later_stays_away() {
        Path file = source("late", "late");
        String mount = workshop.prints(
                "-d", file.getParent() + ":/mnt/late:ro", "grep", " /mnt/late ", "/proc/self/mountinfo");
        assertTrue(mount.contains(" ro,nosuid,nodev"), mount);
        assertFalse(mount.contains("shared:") || mount.contains("master:"), mount);
    }

    @Test
    @Against(Attack.HOSTILE_BINDS)
    void sources_are_opened_with_the_callers_rights_and_lead_to_nothing_of_the_services() {
        workshop.bash("mkdir own; echo mine >own/file; chmod 700 own").run().succeeds();
        assertEquals("mine", workshop.prints("-d", "own:/tmp/own", "cat", "/tmp/own/file"));
        for (String magic : List.of("/proc/self/fd/3", "/proc/self/root", "/proc/self/exe", "/proc/self/ns/mnt")) {
            workshop.mayfly("-d", magic + ":/tmp/magic", "true")
                    .run()
                    .fails(125, "cannot bind " + magic + ": a symbolic link is in the way", "");
        }
        if (!workshop.identity().isRoot()) {
            workshop.mayfly("-d", "/root/x:/tmp/x", "true")
                    .run()
                    .fails(125, "cannot bind /root/x: Permission denied", "");
        }
    }

    @Test
    void mount_points_are_made_in_the_sandboxs_own_file_systems_too() {
        Path file = source("late", "late");
        assertEquals("late", workshop.prints("-d", file + ":/run/a/b", "cat", "/run/a/b"));
        assertEquals("late", workshop.prints("-d", file + ":/dev/shm/c", "cat", "/dev/shm/c"));
        assertFalse(Files.exists(Path.of("/run/a")));
    }

    @Test
    void who_was_refused_a_bind_leaves_a_pool_that_works() {
        for (int i = 0; i < 5; i++) {
            workshop.mayfly("-d", "/mayfly/nothing:/tmp/x", "true")
                    .run()
                    .fails(125, "cannot bind /mayfly/nothing: No such file or directory", "");
        }
        // A name that is no text: more often than there is room for sandboxes that would be forgotten.
        String refused = "for i in 1 2 3 4 5 6; do mayfly -d $'/no\\xff:/x' true; echo $?; done 2>&1 | sort -u";
        assertTrue(workshop.bash(refused).run().text().startsWith("125\n"), refused);
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void a_hundred_at_once_see_what_is_theirs() {
        List<Call.Running> running = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Path file = source("many-" + i, "of " + i);
            running.add(workshop.mayfly("-d", file + ":/tmp/mine", "cat", "/tmp/mine")
                    .start());
        }
        for (int i = 0; i < running.size(); i++) {
            assertEquals("of " + i, running.get(i).await().succeeds());
        }
    }

    @Test
    void a_binder_that_was_killed_is_replaced() {
        Path file = source("late", "late");
        assertEquals("late", workshop.prints("-d", file + ":/tmp/late", "cat", "/tmp/late"));
        long binder = binder();
        Tool.output("kill", "-s", "STOP", Long.toString(binder)); // starts no other worker meanwhile
        for (long worker : children(binder)) {
            kill(worker);
        }
        kill(binder);
        assertEquals("late", workshop.prints("-d", file + ":/tmp/late", "cat", "/tmp/late"));
    }

    private void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        Eventually.holds(
                "process " + pid + " has ended", () -> !Files.exists(Path.of("/proc/" + pid)) || isZombie(pid));
    }

    private static boolean isZombie(long pid) {
        return ProcessTable.state(pid) == 'Z';
    }

    private long binder() {
        return children(workshop.service().pid()).stream()
                .filter(pid -> name(pid).equals("mayfly-binder"))
                .findFirst()
                .orElseThrow();
    }

    private static List<Long> children(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            List<Long> children = new ArrayList<>();
            for (Path thread : threads.toList()) {
                for (String child : childrenOfThread(thread).split(" ", -1)) {
                    if (!child.isBlank()) {
                        children.add(Long.valueOf(child.strip()));
                    }
                }
            }
            return children;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String childrenOfThread(Path thread) {
        try {
            return Files.readString(thread.resolve("children"));
        } catch (IOException e) {
            return ""; // it has ended meanwhile
        }
    }

    private static String name(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException e) {
            return ""; // it has ended meanwhile
        }
    }
}
