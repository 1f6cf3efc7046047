package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What Mayfly reports and logs for a user, when he has it go to a file of root's that he can read and not write. */
@InWorkshop(
        as = {Identity.MEMBER, Identity.USER},
        with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "the file has to be another's")
class ReportsTest {
    private static final String BEFORE = "before\n";
    private static final String READING = "O_RDONLY";
    private static final String WRITING = "O_WRONLY|O_APPEND";

    /** Root opens the file, and becomes the user, who starts something with it. */
    private static final String GIVE = """
            import os, sys
            path, flags, number, name, uid, gid = sys.argv[1:7]
            file = os.open(path, sum(getattr(os, flag) for flag in flags.split('|')))
            os.initgroups(name, int(gid))
            os.setgid(int(gid))
            os.setuid(int(uid))
            os.dup2(file, 9)
            os.dup2(9, int(number))
            os.closerange(max(3, int(number) + 1), 10)
            os.execv(sys.argv[7], sys.argv[7:])
            """;

    private static final String CONNECT = """
            import socket, sys
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(sys.argv[1])
            peer.send(b'asked')
            peer.shutdown(socket.SHUT_WR)
            print(peer.recv(5).decode())
            """;

    private final Workshop workshop;
    private final Path file;

    ReportsTest(Workshop workshop) {
        this.workshop = workshop;
        file = workshop.directory().resolve("report");
    }

    @BeforeEach
    void begin() {
        Directories.write(file, BEFORE);
        Tool.output("chmod", "600", file.toString());
        workshop.service();
    }

    /** {@code mayfly} with the file as a descriptor. */
    private Call with(String flags, int descriptor, String... words) {
        Account user = workshop.account();
        List<String> all = new ArrayList<>(List.of("python3", "-c", GIVE, file.toString(), flags));
        all.addAll(List.of(
                String.valueOf(descriptor), user.name(), String.valueOf(user.uid()), String.valueOf(user.gid())));
        all.add(workshop.host().mayfly().toString());
        all.addAll(Arrays.asList(words));
        return workshop.callAs(workshop.host().own(), all)
                .env("HOME", user.home().toString());
    }

    private String added() {
        String text = Directories.read(file);
        assertTrue(text.startsWith(BEFORE), text);
        return text.substring(BEFORE.length());
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void the_status_line_is_written_by_the_caller() {
        Outcome refused = with(READING, 3, "--status-fd", "3", "echo", "ran").run();
        assertEquals("ran", refused.text());
        assertEquals("mayfly: cannot write the status line: Bad file descriptor\n", refused.stderr());
        assertEquals("", added());

        assertEquals(
                "ran", with(WRITING, 3, "--status-fd", "3", "echo", "ran").run().succeeds());
        assertTrue(added().startsWith("{\"exit\":0,"), added());
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void so_is_what_option_x_tells_and_what_the_command_complains_of() {
        String[] words = {"-x", "sh", "-c", "echo complaint >&2; echo ran"};
        assertEquals("ran", with(READING, 2, words).run().exits(0).text());
        assertEquals("", added());

        assertEquals("ran", with(WRITING, 2, words).run().exits(0).text());
        assertTrue(added().contains("mayfly: ") && added().endsWith("complaint\n"), added());
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void a_command_cannot_open_again_what_it_was_given_for_reading() {
        List<String> backends =
                workshop.identity() == Identity.USER ? List.of("bwrap") : List.of("bwrap", "native", "lxc");
        String script =
                "for n in 0 2; do (echo more >>/proc/self/fd/$n) 2>/dev/null; (echo less >/proc/self/fd/$n) 2>/dev/null;"
                        + " done; echo tried";
        for (String backend : backends) {
            for (int descriptor : List.of(0, 2)) {
                assertEquals(
                        "tried",
                        with(READING, descriptor, "--backend", backend, "sh", "-c", script)
                                .env("LXC_CPU_QUOTA", "0")
                                .run()
                                .exits(0)
                                .text());
                assertEquals("", added(), backend);
            }
        }
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void so_is_the_log_of_lxc() {
        if (workshop.identity() == Identity.USER) {
            return; // it is root's alone
        }
        String[] words = {"--backend", "lxc", "echo", "ran"};
        assertEquals("ran", logged(with(READING, 2, words)).run().exits(0).text());
        assertEquals("", added());

        assertEquals("ran", logged(with(WRITING, 2, words)).run().exits(0).text());
        assertTrue(added().contains("lxc"), added());
    }

    private static Call logged(Call call) {
        return call.env("DEBUG_LXC_SPAWN", "1").env("LXC_CPU_QUOTA", "0");
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void so_is_the_log_of_a_listener() {
        Path socket = workshop.work().resolve("reports.sock");
        for (String flags : List.of(READING, WRITING)) {
            Call.Running listener = with(flags, 2, "listen", "--unix", socket.toString(), "--", "cat")
                    .start();
            try {
                Eventually.holds("it listens", () -> Files.exists(socket));
                assertEquals(
                        "asked",
                        workshop.call(List.of("python3", "-c", CONNECT, socket.toString()))
                                .run()
                                .succeeds());
            } finally {
                listener.signal("TERM").await();
            }
            assertEquals(flags.equals(WRITING), added().contains("mayfly: listening on "), added());
            assertEquals(flags.equals(WRITING), !added().isEmpty(), added());
        }
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void the_log_of_a_service_that_the_client_starts_is_the_callers_own_file() throws IOException {
        Path place = Directories.of(workshop.account(), workshop.work().resolve("place"));
        Tool.output("chmod", "700", place.toString());
        Files.createSymbolicLink(place.resolve("service.log"), file);

        workshop.subcommand("echo", "ran")
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run()
                .fails(
                        125,
                        "cannot write the log in " + place + ": (Too many levels of symbolic links|Symbolic link loop)",
                        "");
        // Root, whose rights would do, goes into no place of another's.
        workshop.callAs(workshop.host().own(), List.of(workshop.host().mayfly().toString(), "echo", "ran"))
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run()
                .exits(125);
        assertEquals("", added());

        Files.delete(place.resolve("service.log"));
        Outcome outcome = workshop.subcommand("echo", "ran")
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run()
                .exits(0);
        assertEquals("ran", outcome.text());
        assertEquals("600 " + workshop.account().uid(), Tool.output("stat", "-c", "%a %u", place + "/service.log"));
        workshop.subcommand("serve", "--stop", "--runtime-dir", place.toString())
                .run()
                .succeeds();
    }
}
