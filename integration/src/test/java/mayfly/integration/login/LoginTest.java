package mayfly.integration.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An account whose shell is mayfly-login, and who comes by ssh. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
class LoginTest {
    private static final String EVERYBODY = "[login.all]\n";

    private final Workshop workshop;

    LoginTest(Workshop workshop) {
        this.workshop = workshop.configured(EVERYBODY);
    }

    @AfterEach
    void sessions_end_with_their_logins() {
        Eventually.holds("no session is left", () -> list().isEmpty());
    }

    private Sshd sshd() {
        return sshd(EVERYBODY);
    }

    private Sshd sshd(String configuration) {
        workshop.reload(configuration);
        return Sshd.start(workshop);
    }

    private List<Json> list() {
        return Json.object(
                        workshop.subcommand("session", "list", "--json").run().succeeds())
                .objects("sessions");
    }

    @Test
    void a_command_runs_in_a_root_that_is_thrown_away() {
        try (Sshd sshd = sshd()) {
            assertEquals(
                    workshop.account().name() + "\n/bin/bash /bin/bash\n"
                            + workshop.account().home() + "\n127.0.0.1",
                    sshd.prints("id -un; echo $0 $SHELL; pwd; echo ${SSH_CONNECTION%% *}"));
            sshd.prints("touch made; ls made");

            assertEquals("none", sshd.prints("ls made 2>/dev/null || echo none"));
            assertFalse(Files.exists(workshop.account().home().resolve("made")));
        }
    }

    @Test
    void what_a_command_says_and_how_it_ends_comes_back() {
        try (Sshd sshd = sshd()) {
            Outcome outcome =
                    sshd.ssh("jail", "cat; echo wrong >&2; exit 7").stdin("in").run();

            assertEquals("in", outcome.exits(7).stdout());
            assertEquals("wrong\n", outcome.stderr());
            sshd.ssh("jail", "kill -TERM $$").run().exits(143);
        }
    }

    @Test
    void a_login_without_a_command_gets_a_login_shell_on_a_terminal() {
        try (Sshd sshd = sshd()) {
            Outcome outcome = sshd.ssh("-tt", "jail")
                    .env("TERM", "dumb")
                    .stdin("PS1=; stty -echo\nshopt login_shell; tty; echo $TERM; stty size >/dev/null && exit 3\n")
                    .run()
                    .exits(3);

            String printed = outcome.stdout().replace("\r", "");
            assertTrue(printed.contains("login_shell    \ton\n/dev/pts/"), printed);
            assertTrue(printed.contains("\ndumb\n"), printed);
        }
    }

    @Test
    void a_terminal_may_go_with_a_command() {
        try (Sshd sshd = sshd()) {
            assertTrue(sshd.ssh("-tt", "jail", "tty").run().succeeds().startsWith("/dev/pts/"));
        }
    }

    @Test
    void the_channels_of_a_connection_are_in_one_session_that_ends_with_it() {
        Path control = workshop.work().resolve("control");
        try (Sshd sshd = sshd()) {
            Call.Running master =
                    sshd.ssh("-M", "-S", control.toString(), "-N", "jail").start();
            Eventually.holds("the connection is there", () -> Files.exists(control));
            String[] channel = {"-S", control.toString(), "jail", ""};

            channel[3] = "echo here >/tmp/mark; setsid sleep 8761.5 </dev/null >/dev/null 2>&1 & echo";
            sshd.ssh(channel).run().succeeds();
            channel[3] = "cat /tmp/mark; pgrep -x sleep >/dev/null && echo runs";
            assertEquals("here\nruns", sshd.ssh(channel).run().succeeds());
            assertEquals(1, list().size());
            assertTrue(list().get(0).text("name").startsWith("login-"));

            sshd.ssh("-S", control.toString(), "-O", "exit", "jail").run();
            master.await();
            Eventually.holds("the session has ended", () -> list().isEmpty());
            Eventually.holds("its processes too", () -> ProcessHandle.allProcesses()
                    .noneMatch(
                            process -> process.info().commandLine().orElse("").endsWith("sleep 8761.5")));
        }
    }

    @Test
    void a_connection_that_breaks_ends_its_session() {
        try (Sshd sshd = sshd()) {
            Call.Running client = sshd.ssh("jail", "trap '' HUP TERM; echo up; sleep 1000; sleep 1000")
                    .start()
                    .prints("up");
            assertEquals(1, list().size());

            client.kill();

            Eventually.holds("the session has ended", () -> list().isEmpty());
        }
    }

    @Test
    void a_session_goes_on_without_the_service_and_ends_with_its_connection_all_the_same() {
        try (Sshd sshd = sshd()) {
            Call.Running one =
                    sshd.ssh("jail", "echo up; exec sleep 1000").start().prints("up");
            Call.Running two = sshd.ssh("jail", "trap '' HUP; echo up; exec sleep 1000")
                    .start()
                    .prints("up");
            workshop.service().kill();
            two.kill();
            Eventually.holds("the first one's session alone is there", () -> !ProcessTable.about(workshop.directory())
                    .isEmpty());
            workshop.startAgain();

            Eventually.holds("the second one's session has ended", () -> list().size() == 1);
            assertEquals("again", sshd.prints("echo again"));
            one.kill();
        }
    }

    @Test
    void who_is_not_named_is_not_let_in() {
        try (Sshd sshd = sshd("[login.others]\nusers = [\"root\"]\n[login.staff]\nusers = [\"%no-such-group\"]\n")) {
            sshd.ssh("jail", "touch " + workshop.work() + "/made")
                    .run()
                    .fails(
                            125,
                            "cannot log in: there is no login for user "
                                    + workshop.account().name(),
                            "a table \\[login.NAME\\] in mayfly.toml says what its users get");
            assertFalse(Files.exists(workshop.work().resolve("made")));
        }
    }

    @Test
    void users_and_groups_get_what_is_theirs() {
        String user = workshop.account().name();
        String configuration = """
                [login.all]
                options = ["-v", "WHO=all"]
                [login.group]
                users = ["%mayfly"]
                options = ["-v", "WHO=group", "--idle", "1h"]
                """;
        try (Sshd sshd = sshd(configuration)) {
            assertEquals("group", sshd.prints("echo $WHO"));
            workshop.reload(configuration + "[login.user]\nusers = [\"" + user + "\"]\nshell = \"/bin/sh\"\n"
                    + "options = [\"-v\", \"WHO=%u of %h, 100%%\"]\n");
            assertEquals(user + " of " + workshop.account().home() + ", 100% /bin/sh", sshd.prints("echo $WHO $0"));
        }
    }

    @Test
    void a_home_can_be_kept() {
        Path home = workshop.account().home();
        Directories.write(home.resolve("kept"), "of before\n");
        try (Sshd sshd = sshd("[login.all]\noptions = [\"--bind\", \"%h:%h\"]\n")) {
            assertEquals("of before", sshd.prints("cat kept; echo of the jail >new"));
            assertEquals("of the jail", sshd.prints("cat new"));
            assertEquals(
                    "of the jail\n", Directories.read(workshop.account().home().resolve("new")));
        } finally {
            Tool.output("rm", "-f", home + "/kept", home + "/new");
        }
    }

    @Test
    void a_template_without_the_home_and_without_the_shell_lets_in_too() {
        Path root =
                Directories.of(workshop.serviceAccount(), workshop.directory().resolve("template"));
        BusyboxRoot.make(root);
        try (Sshd sshd = sshd("[template.small]\npath = \"" + root + "\"\n[login.all]\ntemplate = \"small\"\n")) {
            assertEquals("/\nbusybox", sshd.prints("readlink /proc/self/cwd; readlink /bin/sh"));
        }
    }

    @Test
    @Against(Attack.STEERING_VARIABLES)
    void variables_from_the_other_end_change_nothing_outside() {
        Path owned = workshop.work().resolve("owned");
        try (Sshd sshd = sshd()) {
            for (String variable : List.of(
                    "MAYFLY_RUNTIME_DIR=" + workshop.work(),
                    "XDG_RUNTIME_DIR=" + workshop.work(),
                    "DISABLE_SECCOMP_WRAPPER=1",
                    "HOME=/nowhere")) {
                assertEquals(
                        "inside",
                        sshd.ssh("-o", "SetEnv=" + variable, "jail", "echo inside")
                                .run()
                                .succeeds(),
                        variable);
            }
            for (String hook : List.of("PRE_SPAWN_HOOK", "POST_SPAWN_HOOK")) {
                assertEquals(
                        "inside",
                        sshd.ssh("-o", "SetEnv=" + hook + "=\"touch " + owned + "\"", "jail", "echo inside")
                                .run()
                                .succeeds());
                assertFalse(Files.exists(owned), hook);
            }
            assertEquals(
                    "2",
                    sshd.ssh(
                                    "-o",
                                    "SetEnv=DISABLE_SECCOMP_WRAPPER=1",
                                    "jail",
                                    "sed -n 's/^Seccomp:\\t//p' /proc/self/status")
                            .run()
                            .succeeds());
        }
    }

    @Test
    void without_a_service_nobody_is_let_in() {
        try (Sshd sshd = sshd()) {
            workshop.service().stop();

            Outcome outcome =
                    sshd.ssh("jail", "touch " + workshop.work() + "/made").run().exits(125);

            assertTrue(outcome.stderr().contains("cannot log in: the service cannot be reached in /run/mayfly: "));
            assertFalse(Files.exists(workshop.work().resolve("made")));
            workshop.startAgain();
        }
    }

    @Test
    void words_that_are_no_logins_are_refused() {
        for (String word : List.of("-x", "--java", "doctor", "run")) {
            workshop.call(List.of(Sshd.program(workshop), word))
                    .run()
                    .fails(
                            125,
                            "cannot log in: the command line is not a login shell's",
                            "mayfly-login takes nothing, -l, or -c COMMAND: see docs/login.md");
        }
    }

    @Test
    void many_log_in_at_once() {
        try (Sshd sshd = sshd(EVERYBODY + "[limits]\nsessions-per-user = 100\n")) {
            List<Call.Running> all = java.util.stream.IntStream.range(0, 20)
                    .mapToObj(i -> sshd.ssh("jail", "[ ! -e /tmp/mark ] && touch /tmp/mark && echo " + i)
                            .start())
                    .toList();
            for (int i = 0; i < all.size(); i++) {
                assertEquals(String.valueOf(i), all.get(i).await().succeeds());
            }
        }
    }
}
