package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

/** What mayfly-enter does alone in place of bubblewrap. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C,
        on = Backend.NATIVE)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class NativeTest {
    private final Workshop workshop;
    private final Path root;

    NativeTest(Workshop workshop) {
        this.root = workshop.directory().resolve("root");
        this.workshop = workshop.configured("[template.full]\nstore = \"overlay\"\npath = \"" + root + "\"\n");
    }

    @BeforeEach
    void makeRoot() {
        BusyboxRoot.make(root);
        Tool.output("sh", "-ec", "[ -e $1 ] || mknod -m 666 $1 c 1 3", "sh", root + "/nothing");
    }

    @Test
    void the_loopback_is_up_and_the_only_network() {
        assertEquals("lo", workshop.inside("ls /proc/sys/net/ipv4/conf | grep -v -x -e all -e default"));
        assertEquals("", workshop.inside("tail -n +2 /proc/net/route"));
        assertEquals(
                "heard",
                workshop.prints(
                        "python3",
                        "-c",
                        "import socket; s = socket.create_server(('127.0.0.1', 0));"
                                + " socket.create_connection(s.getsockname()).send(b'heard');"
                                + " print(s.accept()[0].recv(9).decode())"));
    }

    @Test
    void option_n_leaves_the_hosts_network_and_nothing_else() {
        String script = "for name in net pid ipc uts mnt cgroup user; do readlink /proc/self/ns/$name; done";
        List<String> host = Tool.output("sh", "-c", script).lines().toList();
        List<String> inside = workshop.prints("-n", "sh", "-c", script).lines().toList();
        assertEquals(host.get(0), inside.get(0));
        for (int i = 1; i < host.size(); i++) {
            assertNotEquals(host.get(i), inside.get(i));
        }
    }

    @Test
    void the_ids_are_those_of_the_caller_and_so_are_its_own_file_systems() {
        String uid = String.valueOf(workshop.account().uid());
        assertEquals(uid + ":" + workshop.account().gid(), workshop.inside("echo $(id -u):$(id -g)"));
        assertEquals(uid + "\n" + uid + "\n" + uid, workshop.inside("stat -c %u /dev /run /run/lock"));
        assertEquals(
                "made", workshop.inside("mkdir /run/own /dev/own && touch /dev/shm/own /run/lock/own && echo made"));
    }

    @Test
    void shared_memory_is_not_short() {
        assertEquals("whole", workshop.inside("head -c 8m /dev/zero >/dev/shm/big && echo whole"));
    }

    @Test
    void option_d_binds_wherever_bubblewrap_would() {
        workshop.write("late", "late");
        for (String place : List.of("/mnt/deep/file", "/run/a/b", "/dev/a", "/tmp/a")) {
            assertEquals("late", workshop.prints("-d", "late:" + place, "cat", place));
        }
        assertEquals(
                String.valueOf(workshop.account().uid()),
                workshop.prints("-d", "late:/run/a/b", "stat", "-c", "%u", "/run/a"));
        assertFalse(Files.exists(Path.of("/mnt/deep")));
    }

    @Test
    @Against(Attack.DEVICES)
    void devices_and_setuid_files_of_a_root_are_none() {
        assertEquals(
                "refused",
                workshop.prints("-z", "full", "/bin/sh", "-c", "(echo x >/nothing) 2>/dev/null || echo refused"));
        List<String> overlays = workshop.prints("cat", "/proc/self/mountinfo")
                .lines()
                .filter(line -> line.contains(" - overlay "))
                .toList();
        assertFalse(overlays.isEmpty());
        assertTrue(overlays.stream().allMatch(line -> line.contains("nosuid,nodev")), overlays.toString());
    }

    @Test
    void roots_directory_of_option_t_keeps_its_changes_and_users_have_none() {
        if (!workshop.identity().isRoot()) {
            workshop.mayfly("-t", root.toString(), "/bin/sh", "-c", "true")
                    .run()
                    .fails(
                            125,
                            "cannot use --root with backend native: it would work in your directory as root",
                            "use --backend bwrap");
            return;
        }
        workshop.prints("-t", root.toString(), "/bin/sh", "-c", "echo new >/made");
        assertEquals("new\n", Directories.read(root.resolve("made")));
        assertFalse(Directories.read(Path.of("/proc/self/mountinfo")).contains(root.toString()));
        assertEquals(0, Directories.names(root.resolve("dev")).size());
    }

    @Test
    void the_sandbox_ends_with_its_outermost_process() {
        Call.Running running = workshop.mayfly("sh", "-c", "echo up; exec sleep 8771.5")
                .start()
                .prints("up");
        Tool.output("kill", "-KILL", String.valueOf(Outermost.of("sleep", "8771.5")));
        running.await().exits(125);
        Eventually.holds("nothing of it runs", () -> ProcessTable.running("sleep", "8771.5")
                .isEmpty());
        assertEquals("next", workshop.prints("echo", "next"));
    }

    @Test
    @Against(Attack.TRACED_HELPER)
    void the_outermost_process_is_roots() {
        Call.Running running = workshop.mayfly("sh", "-c", "echo up; exec sleep 8771.6")
                .start()
                .prints("up");
        String outermost = String.valueOf(Outermost.of("sleep", "8771.6"));
        try {
            assertEquals(
                    "0", Tool.output("stat", "-c", "%u", "/proc/" + outermost).strip());
            if (!workshop.identity().isRoot()) {
                assertEquals(
                        "tried",
                        workshop.bash("p=" + outermost
                                        + "; { kill -0 $p || readlink /proc/$p/fd/0 || ls /proc/$p/root/etc"
                                        + " || nsenter --user --target $p true || nsenter --mount --target $p true"
                                        + " || head -c 1 /proc/$p/mem; } 2>/dev/null; [ $? = 0 ] || echo tried")
                                .run()
                                .text());
            }
        } finally {
            running.kill();
            running.await();
        }
    }

    @Test
    void a_session_keeps_its_sandbox() {
        workshop.subcommand("session", "start", "one", "--backend", "native")
                .run()
                .succeeds();
        assertEquals(
                "kept",
                workshop.subcommand("session", "exec", "one", "--", "sh", "-c", "echo kept >/tmp/x; cat /tmp/x")
                        .run()
                        .succeeds());
        assertEquals(
                "kept",
                workshop.subcommand("session", "exec", "one", "--", "cat", "/tmp/x")
                        .run()
                        .succeeds());
        workshop.subcommand("session", "end", "one").run().succeeds();
    }
}
