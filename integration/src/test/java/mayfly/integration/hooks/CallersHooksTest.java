package mayfly.integration.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PRE_SPAWN_HOOK and POST_SPAWN_HOOK. */
@InWorkshop
class CallersHooksTest {
    private static final String PRE = "PRE_SPAWN_HOOK";
    private static final String POST = "POST_SPAWN_HOOK";
    private static final String SECONDS = "MAYFLY_HOOK_SECONDS";
    private static final String TEMPLATES = """
            [template.copied]
            store = "directory"
            path = "%1$s"

            [template.layered]
            store = "overlay"
            path = "%1$s-layered"

            [template.on-disk]
            path = "%1$s-on-disk"
            upper = "disk"
            """;

    private final Workshop workshop;
    private final Path root;

    CallersHooksTest(Workshop workshop) {
        this.workshop = workshop;
        root = workshop.template("root");
        workshop.template("root-layered");
        workshop.template("root-on-disk");
    }

    @BeforeEach
    void makeTemplates() {
        if (!Files.exists(root.resolve("etc"))) {
            workshop.configured(TEMPLATES.formatted(root));
            workshop.write("make-root", """
                    mkdir -p $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run $1/bin
                    cp "$(command -v busybox)" $1/bin/busybox
                    for name in sh cat ls rm mkdir sleep true echo; do ln -s busybox $1/bin/$name; done
                    echo template >$1/etc/name
                    """);
            // Without the service: its first clones are to be whole.
            workshop.call(List.of("sh", "-ec", "for end in '' -layered -on-disk; do sh -e make-root root$end; done"))
                    .run()
                    .succeeds();
        }
        workshop.bash("rm -f seen begun").run().succeeds();
    }

    private static List<ProcessTable.Entry> sleeps(String time) {
        return ProcessTable.running("sleep", time);
    }

    private void nothingIsLeftOf(String time) {
        Eventually.holds("sleep " + time + " ends", () -> sleeps(time).isEmpty());
    }

    private String seen() {
        return workshop.read("seen");
    }

    /** What each sees of the other, in a root that the words choose. */
    private void assertHooksAndCommandShareTheRoot(String... words) {
        workshop.bash("rm -f seen").run().succeeds();
        List<String> all = new java.util.ArrayList<>(List.of(words));
        all.addAll(List.of("sh", "-c", "cat /tmp/before; echo command >/tmp/after"));

        String printed = workshop.mayfly(all.toArray(new String[0]))
                .env(
                        PRE,
                        "ls \"$ROOTFS/tmp\" | wc -l >seen; cat \"$ROOTFS/etc/passwd\" \"$ROOTFS/etc/name\" 2>&1 >/dev/null"
                                + " | wc -l >>seen; echo hook >\"$ROOTFS/tmp/before\"")
                .env(
                        POST,
                        "cat \"$ROOTFS/tmp/before\" \"$ROOTFS/tmp/after\" >>seen; find \"$ROOTFS\" -maxdepth 1 -name etc"
                                + " | wc -l >>seen")
                .run()
                .succeeds();

        assertEquals("hook", printed);
        // In any root one of the two files is missing.
        assertTrue(seen().matches("\\d+\n1\nhook\ncommand\n1\n"), seen());
    }

    @Test
    void the_pre_hook_prepares_the_root_and_the_post_hook_sees_what_the_command_wrote() {
        assertHooksAndCommandShareTheRoot();
    }

    @Test
    void hooks_see_the_clone_of_each_store_and_the_template_stays_untouched() {
        for (String template : List.of("copied", "layered", "on-disk")) {
            assertHooksAndCommandShareTheRoot("-z", template);
            assertTrue(seen().startsWith("0\n"), template + ": " + seen());
            assertEquals("", workshop.prints("-z", template, "ls", "/tmp"));
        }
    }

    @Test
    void with_option_t_hooks_see_the_directory_itself() {
        assertHooksAndCommandShareTheRoot("-t", root + "-layered");
        assertEquals("command\n", workshop.read("root-layered/tmp/after"));
        workshop.bash("rm root-layered/tmp/*").run().succeeds();
    }

    @Test
    @Against(Attack.HOSTILE_HOOKS)
    void hooks_are_the_callers_own_processes_on_the_host() {
        Outcome outcome = workshop.bash("cd /usr; umask 0027; ulimit -c 0; trap '' USR2; exec mayfly true")
                .env(
                        PRE,
                        "id -u; pwd; umask; ulimit -c; echo \"$HELLO\"; cat; readlink /proc/self/ns/mnt;"
                                + " kill -USR2 $$; echo \"[$PRE_SPAWN_HOOK$POST_SPAWN_HOOK]\"; echo \"$0\"")
                .env(POST, "true")
                .env("HELLO", "a  b")
                .stdin("not the hook's")
                .run()
                .exits(0);

        assertEquals("", outcome.stdout());
        assertEquals(
                String.join(
                        "\n",
                        String.valueOf(workshop.account().uid()),
                        "/usr",
                        "0027",
                        "0",
                        "a  b",
                        workshop.bash("readlink /proc/self/ns/mnt").run().succeeds(),
                        "[]",
                        "/bin/bash",
                        ""),
                outcome.stderr());
    }

    @Test
    void a_shell_that_cannot_be_run_is_replaced() {
        for (String shell : List.of("/no/shell", "bash", "/etc/passwd", "/usr")) {
            Outcome outcome = workshop.mayfly("true")
                    .env("SHELL", shell)
                    .env(PRE, "echo $0")
                    .run()
                    .exits(0);
            assertEquals("/bin/sh\n", outcome.stderr());
        }
    }

    @Test
    void a_pre_hook_that_fails_stops_the_run() {
        String command = "echo ran >>" + workshop.work() + "/seen";
        Call call = workshop.mayfly("-d", workshop.work().toString() + ":" + workshop.work(), "sh", "-c", command);

        call.env(PRE, "exit 3").run().fails(125, "cannot run the pre hook: it ended with status 3", "");
        call.env(PRE, "kill -KILL $$").run().fails(125, "cannot run the pre hook: signal 9 ended it", "");
        call.env(PRE, "no-such-command 2>/dev/null")
                .run()
                .fails(125, "cannot run the pre hook: it ended with status 127", "");
        call.env(PRE, "sleep 8767.1 & setsid sleep 8767.11 & wait")
                .env(SECONDS, "1")
                .run()
                .fails(
                        125,
                        "cannot run the pre hook: it took longer than 1 s",
                        "MAYFLY_HOOK_SECONDS gives it more time");
        nothingIsLeftOf("8767.1");
        // One with a session of its own is its caller's to end.
        sleeps("8767.11").forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));
        assertFalse(Files.exists(workshop.work().resolve("seen")));
    }

    @Test
    void after_a_pre_hook_that_failed_there_is_no_post_hook() {
        workshop.mayfly("true")
                .env(PRE, "exit 1")
                .env(POST, "echo post >seen")
                .run()
                .exits(125);

        assertFalse(Files.exists(workshop.work().resolve("seen")));
    }

    @Test
    @Against(Attack.HOSTILE_HOOKS)
    void a_post_hook_that_fails_is_a_warning() {
        Outcome outcome =
                workshop.mayfly("sh", "-c", "exit 7").env(POST, "exit 3").run().exits(7);
        assertEquals("mayfly: cannot run the post hook: it ended with status 3\n", outcome.stderr());

        outcome = workshop.mayfly("sh", "-c", "kill -TERM $$")
                .env(POST, "exec sleep 8767.2")
                .env(SECONDS, "1")
                .run()
                .exits(143);
        assertEquals(
                "mayfly: cannot run the post hook: it took longer than 1 s\nMAYFLY_HOOK_SECONDS gives it more time\n",
                outcome.stderr());
        nothingIsLeftOf("8767.2");
    }

    @Test
    void the_post_hook_runs_also_when_there_was_no_such_command() {
        Outcome outcome = workshop.mayfly("/no/such")
                .env(PRE, "echo x >$ROOTFS/tmp/before")
                .env(POST, "cat $ROOTFS/tmp/before")
                .run()
                .exits(127);
        assertEquals("mayfly: cannot run /no/such: No such file or directory", first(outcome.stderr(), "mayfly"));
        assertEquals("x", first(outcome.stderr(), "x"));
    }

    private static String first(String text, String beginning) {
        return text.lines()
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElse("nothing in " + text);
    }

    @Test
    @Against(Attack.SURVIVORS)
    void all_processes_of_the_command_have_ended_before_the_post_hook() {
        workshop.mayfly("sh", "-c", "(trap '' TERM HUP; sleep 8767.3) & setsid sleep 8767.3 & true")
                .env(POST, "pgrep -fx 'sleep 8767.3' >seen; echo none >>seen")
                .run()
                .exits(0);

        assertEquals("none\n", seen());
    }

    @Test
    void what_a_hook_leaves_running_ends_with_it() {
        workshop.mayfly("true")
                .env(PRE, "cd $ROOTFS/tmp && sleep 8767.4 &")
                .env(POST, "cd $ROOTFS && sleep 8767.4 &")
                .run()
                .exits(0);

        assertEquals(List.of(), sleeps("8767.4"));
    }

    @Test
    @Against(Attack.HOSTILE_HOOKS)
    void a_process_that_escapes_keeps_no_clone() {
        workshop.mayfly("-z", "copied", "true")
                .env(PRE, "cd $ROOTFS/tmp && setsid sleep 8767.5 </dev/null >/dev/null 2>&1 &")
                .run()
                .exits(0);

        workshop.isIdle();
        assertTrue(sleeps("8767.5").size() <= 1);
        sleeps("8767.5").forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));
    }

    @Test
    void a_signal_ends_the_pre_hook_and_the_run() {
        for (String signal : List.of("INT", "TERM", "HUP")) {
            Call.Running running = workshop.mayfly("echo", "ran")
                    .env(PRE, "echo begun >seen; exec sleep 8767.6")
                    .env(POST, "echo post >>seen")
                    .start();
            Eventually.holds("the hook sleeps", () -> !sleeps("8767.6").isEmpty());

            Outcome outcome = running.signal(signal).await();

            int number = List.of("", "HUP", "INT").indexOf(signal);
            number = number < 0 ? 15 : number;
            outcome.fails(128 + number, "cannot run the pre hook: signal " + number + " interrupted it", "");
            nothingIsLeftOf("8767.6");
            assertEquals("begun\n", seen());
        }
    }

    @Test
    void a_hook_that_goes_on_after_a_signal_is_killed_by_the_second() {
        Call.Running running = workshop.mayfly("sh", "-c", "exit 5")
                .env(
                        POST,
                        "exec 2>/dev/null; trap 'echo told >seen' TERM; echo up >begun; while :; do sleep 0.01; done")
                .start();
        Eventually.holds("the hook runs", () -> Files.exists(workshop.work().resolve("begun")));

        running.signal("TERM");
        Eventually.holds("the hook was told", () -> Files.exists(workshop.work().resolve("seen")));
        Outcome outcome = running.signal("TERM").await().exits(5);

        assertEquals("mayfly: cannot run the post hook: signal 15 interrupted it\n", outcome.stderr());
    }

    @Test
    void with_option_i_an_interrupt_leaves_the_hook_alone() {
        Call.Running running = workshop.mayfly("-i", "sh", "-c", "trap '' INT; exit 4")
                .env(PRE, "echo begun >seen; while [ ! -e go ]; do sleep 0.01; done; rm go")
                .start();
        Eventually.holds("the hook runs", () -> Files.exists(workshop.work().resolve("seen")));

        running.signal("INT");
        workshop.write("go", "");

        int status = running.await().status();
        // It reaches the command, which may not have got as far as to ignore it.
        assertTrue(status == 4 || status == 130, "status " + status);
    }

    @Test
    void killing_the_client_during_a_hook_leaves_nothing_of_the_sandbox() {
        for (String variable : List.of(PRE, POST)) {
            Call.Running running = workshop.mayfly("-z", "copied", "sh", "-c", "sleep 0.01")
                    .env(variable, "cd $ROOTFS/tmp; exec sleep 8767.7")
                    .start();
            Eventually.holds("the hook sleeps", () -> !sleeps("8767.7").isEmpty());

            running.signal("KILL").await().exits(137);

            workshop.isIdle();
            // The hook itself is its caller's, who has killed what looked after it.
            sleeps("8767.7").forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));
            nothingIsLeftOf("8767.7");
        }
    }

    @Test
    void a_hook_that_runs_mayfly_does_not_begin_all_over_again() {
        Outcome outcome = workshop.bash("mayfly true")
                .env(PRE, "mayfly echo from-the-hook")
                .run()
                .exits(0);
        assertEquals("from-the-hook\n", outcome.stderr());
    }

    @Test
    void values_that_make_no_sense_are_refused_and_empty_ones_are_none() {
        for (String seconds : List.of("0", "-1", "x", "1x", "86401", "99999999999999999999", " 1")) {
            workshop.mayfly("true")
                    .env(PRE, "true")
                    .env(SECONDS, seconds)
                    .run()
                    .fails(
                            125,
                            "cannot use MAYFLY_HOOK_SECONDS: it is no number from 1 to 86400",
                            "set it right, or unset it for 60");
        }
        assertEquals(
                "",
                workshop.mayfly("true")
                        .env(SECONDS, "x")
                        .env(PRE, "")
                        .env(POST, "")
                        .run()
                        .succeeds());
        String hostile = "printf '%s|' \"$ROOTFS\" 'a b' '\n' \"\\$x\"; exit 0; \377";
        workshop.mayfly("true").env(PRE, hostile).run().exits(0);
    }

    @Test
    void a_run_with_hooks_takes_a_parked_sandbox_too() {
        workshop.prints("true");
        workshop.hasParked("host");

        Outcome outcome = workshop.mayfly("-x", "true")
                .env(PRE, "true")
                .env(POST, "true")
                .run()
                .exits(0);

        assertTrue(outcome.stderr().startsWith("mayfly: took a parked sandbox\n"), outcome.stderr());
        assertTrue(outcome.stderr().matches("(?s).*the pre hook took \\d+ ms\n.*the post hook took \\d+ ms\n"));
    }

    @Test
    @Against({Attack.HOSTILE_HOOKS, Attack.HOSTILE_WORDS})
    void hostile_names_stay_data_for_hooks_which_have_no_descriptor_of_mayflys() {
        String name = "$(touch pwned); `touch pwned` ' \" -rf *\n&& touch pwned";
        String hook =
                "pwd -P | tail -n +1; python3 -c 'import os; print(sorted(os.listdir(\"/proc/self/fd\"), key=int))'";
        Outcome outcome = workshop.bash(
                        "mkdir -p \"$D\" && cd \"$D\" && exec 7</etc/passwd 9<. && mayfly sh -c true \"$D\" \"$D\"")
                .env("D", name)
                .env(PRE, hook)
                .env(POST, hook)
                .run()
                .exits(0);

        // 3 is the one by which they are listed; the others are their caller's, where no Java is in between.
        String descriptors = workshop.isJava() ? "['0', '1', '2', '3']" : "['0', '1', '2', '3', '7', '9']";
        String one = workshop.work() + "/" + name + "\n" + descriptors + "\n";
        assertEquals(one + one, outcome.stderr());
        assertEquals(
                "",
                workshop.bash("find . -name pwned; ls -A \"$D\"")
                        .env("D", name)
                        .run()
                        .succeeds());
    }
}
