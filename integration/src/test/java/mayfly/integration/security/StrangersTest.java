package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** An ordinary user, who may use the service, and what is another's: root's here. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users of one service are needed")
class StrangersTest {
    private final Workshop workshop;

    StrangersTest(Workshop workshop) {
        this.workshop = workshop.configured("""
                [template.roots]
                store = "directory"
                path = "%1$s/roots"
                users = ["root"]
                post-stop = ["/bin/sh", "-c", "echo $MAYFLY_UID >>%1$s/seen"]

                [template.all]
                store = "directory"
                path = "%1$s/all"
                post-stop = ["/bin/sh", "-c", "echo $MAYFLY_UID >>%1$s/seen"]
                """.formatted(workshop.directory()));
    }

    @BeforeEach
    void fill() {
        if (!Files.exists(workshop.directory().resolve("roots"))) {
            BusyboxRoot.make(workshop.directory().resolve("roots"));
            BusyboxRoot.make(workshop.directory().resolve("all"));
        }
    }

    private Call asRoot(String... words) {
        workshop.service();
        List<String> all = new ArrayList<>(List.of(workshop.host().mayfly().toString()));
        all.addAll(List.of(words));
        return workshop.callAs(workshop.serviceAccount(), all);
    }

    /** The directory where a user without a session has his service can be made by anybody, and lead to another socket of root's. */
    @Test
    @Against(Attack.STRANGER)
    void roots_service_is_not_believed_to_be_where_others_can_lead_to_it() throws IOException {
        workshop.service();
        Path place = Path.of("/tmp/mayfly-" + workshop.account().uid());
        Files.createSymbolicLink(place, workshop.runtime());
        try {
            for (String client : List.of("", "--java run ")) {
                Outcome outcome = workshop.callAs(
                                workshop.serviceAccount(),
                                List.of(
                                        "unshare",
                                        "--mount",
                                        "sh",
                                        "-ec",
                                        "mount -t tmpfs none /run; exec runuser -u "
                                                + workshop.account().name()
                                                + " -- env -u MAYFLY_RUNTIME_DIR -u XDG_RUNTIME_DIR "
                                                + workshop.host().mayfly() + " " + client + "echo served"))
                        .in(Path.of("/"))
                        .run();
                assertEquals(125, outcome.status(), outcome.toString());
                assertTrue(outcome.stderr().contains("cannot reach the service in " + place), outcome.toString());
            }
        } finally {
            Files.delete(place);
        }
    }

    @Test
    @Against({Attack.STRANGER, Attack.TRACED_HELPER})
    void nothing_of_anothers_sandbox_can_be_signalled_entered_or_looked_at() {
        Call.Running running =
                asRoot("sh", "-c", "echo up; sleep 8770.1; echo over").start().prints("up");
        String numbers = String.join(
                " ",
                ProcessTable.about(workshop.directory()).stream()
                        .map(entry -> String.valueOf(entry.pid()))
                        .toList());
        String script = """
                tried=0
                for process in NUMBERS; do
                    [ "$(stat -c %u /proc/$process 2>/dev/null)" = 0 ] || continue
                    tried=$((tried + 1))
                    kill -KILL $process && echo "killed $process"
                    for part in user mnt pid net; do
                        nsenter --$part --target $process true && echo "entered $part of $process"
                    done
                    for link in root cwd exe fd/0 fd/3; do
                        readlink /proc/$process/$link && echo "looked at $link of $process"
                    done
                    for file in mem environ maps; do
                        head -c 1 /proc/$process/$file | grep -q . && echo "read $file of $process"
                    done
                done 2>/dev/null
                [ $tried -gt 2 ] && echo tried
                """.replace("NUMBERS", numbers);

        // nsenter's names of its options are its own.
        assertEquals(
                "tried",
                workshop.bash(script.replace("--$part", "--$(case $part in mnt) echo mount;; *) echo $part;; esac)"))
                        .run()
                        .text());

        assertTrue(running.isAlive());
        assertEquals(1, ProcessTable.running("sleep", "8770.1").size());
        running.signal("TERM").await().exits(143);
    }

    @Test
    @Against(Attack.STRANGER)
    void the_sockets_and_files_of_anothers_session_are_out_of_reach() {
        asRoot("session", "start", "hidden").run().succeeds();
        String connect = """
                import os, socket, sys
                for path in sys.argv[1:]:
                    try:
                        socket.socket(socket.AF_UNIX).connect(path)
                        print('reached', path)
                    except OSError as e:
                        print(e.strerror)
                """;

        assertEquals(
                "Permission denied\nPermission denied",
                workshop.call(List.of(
                                "python3",
                                "-c",
                                connect,
                                workshop.runtime() + "/sessions/0/hidden~",
                                workshop.runtime() + "/sessions/../sessions/0/hidden~"))
                        .run()
                        .succeeds());
        workshop.bash("ls " + workshop.runtime() + "/sessions " + workshop.runtime() + "/clones " + workshop.data()
                        + "/clones")
                .run()
                .exits(2);
        for (List<String> words : List.of(
                List.of("session", "exec", "hidden", "--", "true"),
                List.of("session", "end", "hidden"),
                List.of("session", "end", "hidden", "--user", "root"))) {
            workshop.subcommand(words.toArray(new String[0])).run().exits(125);
        }
        assertEquals(
                "lives",
                asRoot("session", "exec", "hidden", "--", "echo", "lives").run().succeeds());
        asRoot("session", "end", "hidden").run().succeeds();
    }

    @Test
    @Against(Attack.SETUID_FILE)
    void a_setuid_file_in_a_clone_is_not_reached_by_its_path_on_the_host() {
        Call.Running running = asRoot(
                        "-z",
                        "all",
                        "--status-fd",
                        "2",
                        "--",
                        "/bin/sh",
                        "-c",
                        "/bin/busybox cp /bin/busybox /busybox-id && /bin/busybox chmod 6755 /busybox-id && echo up; exec /bin/sleep 8770.2")
                .withPipes()
                .start()
                .prints("up");
        try {
            String found = Tool.output("find", workshop.directory().toString(), "-name", "busybox-id");
            assertTrue(found.startsWith(workshop.data().toString()), found);

            workshop.bash(found + " id -u").run().exits(126);
            for (ProcessTable.Entry entry : ProcessTable.running("/bin/sleep", "8770.2")) {
                workshop.bash("/proc/" + entry.pid() + "/root/busybox-id id -u")
                        .run()
                        .exits(126);
            }
        } finally {
            running.signal("TERM").await();
        }
    }

    @Test
    @Against(Attack.CLAIMED_IDENTITY)
    void who_says_that_he_is_somebody_else_is_himself() {
        String own = String.valueOf(workshop.account().uid());
        String claims = "export USER=root LOGNAME=root HOME=/root UID_=0 SUDO_UID=0 MAYFLY_UID=0 PKEXEC_UID=0; ";

        assertEquals(
                own + "\n" + own,
                workshop.bash(claims + "mayfly -v USER -v MAYFLY_UID sh -c 'id -u; id -ru'")
                        .run()
                        .succeeds());
        workshop.bash(claims + "mayfly -z roots -- /bin/sh -c true").run().exits(125);
        workshop.bash(claims + "mayfly session end x --user root").run().exits(125);
        workshop.bash(claims + "mayfly -z all -- /bin/sh -c true").run().exits(0);
        Eventually.holds("the hook has run", () -> workshop.bash("cat " + workshop.directory() + "/seen 2>/dev/null")
                .run()
                .text()
                .lines()
                .toList()
                .contains(own));
    }

    @Test
    @Against({Attack.STRANGER, Attack.CLAIMED_IDENTITY})
    void who_has_no_right_to_the_service_is_not_heard() {
        workshop.service();

        workshop.callAs(
                        workshop.host().outsider(),
                        List.of(
                                "python3",
                                "-c",
                                "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                                workshop.runtime() + "/mayfly.sock"))
                .in(Path.of("/"))
                .run()
                .exits(1);
        workshop.callAs(
                        workshop.host().outsider(),
                        List.of(workshop.host().mayfly().toString(), "id", "-u"))
                .in(Path.of("/"))
                .run()
                .exits(125);
    }
}
