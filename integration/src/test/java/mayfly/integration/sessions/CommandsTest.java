package mayfly.integration.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Terminal;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commands in sessions, and what they have in common. */
@InWorkshop
class CommandsTest {
    private final Workshop workshop;
    private final Sessions sessions;

    CommandsTest(Workshop workshop) {
        this.workshop = workshop;
        sessions = new Sessions(workshop);
    }

    @AfterEach
    void end() {
        sessions.close();
    }

    @Test
    void successive_commands_see_the_same_clone_and_others_do_not() {
        sessions.start("one");

        sessions.prints("one", "echo kept >/tmp/kept; mkdir -p /tmp/dir");

        assertEquals("kept", sessions.prints("one", "cat /tmp/kept"));
        assertEquals("", workshop.prints("sh", "-c", "cat /tmp/kept 2>/dev/null; true"));
        assertEquals("kept", sessions.in("one", "cat", "/tmp/kept").run().succeeds());
    }

    @Test
    void the_exit_status_is_the_commands_own() {
        sessions.start("one");
        sessions.script("one", "exit 7").run().exits(7);
        sessions.script("one", "kill -KILL $$").run().exits(137);
        sessions.call("exec", "one", "--", "/nonexistent/x").run().exits(127);
        sessions.call("exec", "one", "--", "/etc").run().exits(126);
    }

    @Test
    void what_a_command_leaves_running_is_there_for_the_next() {
        sessions.start("one");
        String pid = sessions.prints("one", "sleep 1000 </dev/null >/dev/null 2>&1 & echo $!");

        assertEquals("there", sessions.prints("one", "kill -0 " + pid + " && echo there"));
        assertEquals("", sessions.prints("one", "kill " + pid));
    }

    @Test
    void commands_run_beside_each_other_and_speak_with_each_other() {
        sessions.start("one");
        sessions.prints("one", "mkfifo /tmp/fifo");
        Call.Running reader =
                sessions.script("one", "echo up; cat /tmp/fifo").start().prints("up");

        sessions.prints("one", "echo through >/tmp/fifo");

        assertTrue(reader.await().text().contains("through"));
    }

    @Test
    void each_command_has_its_own_variables_directory_and_input() {
        sessions.start("one");
        assertEquals(
                "x /usr given",
                sessions.call("exec", "one", "-v", "A=x", "-p", "/usr", "--", "sh", "-c", "echo $A $(pwd) $(cat)")
                        .stdin("given")
                        .run()
                        .succeeds());
        assertEquals("", sessions.prints("one", "echo $A"));
    }

    @Test
    void many_commands_at_once_all_run() {
        sessions.start("one");
        int count = workshop.isJava() ? 4 : 50;
        List<Call.Running> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(sessions.script("one", "echo x >>/tmp/many; exit " + i).start());
        }
        for (int i = 0; i < count; i++) {
            all.get(i).await().exits(i);
        }
        assertEquals(String.valueOf(count), sessions.prints("one", "wc -l </tmp/many"));
    }

    @Test
    void two_who_start_the_same_session_share_it() {
        List<Call.Running> all = new ArrayList<>();
        int count = workshop.isJava() ? 3 : 10;
        for (int i = 0; i < count; i++) {
            all.add(sessions.in("one", "sh", "-c", "echo x >>/tmp/shared").start());
        }
        all.forEach(running -> running.await().exits(0));
        assertEquals(String.valueOf(count), sessions.prints("one", "wc -l </tmp/shared"));
    }

    @Test
    void a_command_on_a_terminal_has_one_of_its_own_with_job_control() {
        sessions.start("one");
        String mayfly = workshop.host().mayfly() + (workshop.isJava() ? " --java" : "");
        try (Terminal terminal = Terminal.open(workshop)) {
            terminal.line(
                            mayfly
                                    + " session exec one -- sh -c 'tty; stty size; echo \"rea\"dy; exec sleep 100'; echo status \"\"$?")
                    .showsLine("/dev/pts/\\d+")
                    .showsLine("24 80")
                    .shows("ready")
                    .key("C-c")
                    .shows("status 130")
                    .line(mayfly + " session exec one -- sh -c 'echo \"up\"per; exec sleep 100'")
                    .shows("upper")
                    .key("C-z")
                    .prompts()
                    .line("kill %1; wait; echo \"end\"ed")
                    .shows("ended");
        }
    }

    @Test
    void a_client_that_is_killed_takes_its_command_and_no_other() {
        sessions.start("one");
        Call.Running other =
                sessions.script("one", "echo up; exec sleep 7071").start().prints("up");
        Call.Running killed = sessions.script("one", "trap '' HUP TERM; sleep 7072 & echo up; sleep 7072")
                .start()
                .prints("up");

        killed.kill();

        Eventually.holds("its processes are gone", () -> ProcessTable.about(Path.of("7072"))
                .isEmpty());
        assertTrue(other.isAlive());
        other.signal("TERM");
        other.await().exits(143);
        assertEquals("fine", sessions.prints("one", "echo fine"));
    }

    @Test
    void a_command_cannot_stop_the_session_by_signals() {
        sessions.start("one");
        sessions.script("one", "kill -STOP -1; kill -CONT -1").run();
        assertEquals("fine", sessions.prints("one", "echo fine"));

        sessions.script("one", "kill -KILL -1").run();
        sessions.script("one", "kill -KILL 1; kill -TERM 1; kill -STOP 1").run();

        Eventually.holds(
                "it serves", () -> sessions.script("one", "echo fine").run().status() == 0);
    }

    @Test
    void options_that_make_another_sandbox_are_refused() {
        sessions.start("one", "-d", "/usr:/mnt/usr:ro");

        sessions.call("exec", "one", "-n", "--", "true")
                .run()
                .fails(
                        125,
                        "cannot run in session one: it was started without --share-net, not with --share-net",
                        "leave .*");
        sessions.in("one", "-d", "/bin:/mnt/usr:ro", "true").run().exits(125);
        sessions.in("one", "-t", "/", "true").run().exits(125);
        assertEquals(
                "bin",
                sessions.in("one", "-d", "/usr:/mnt/usr:ro", "-z", "host", "sh", "-c", "cd /mnt/usr; echo bin")
                        .run()
                        .succeeds());
    }

    @Test
    void names_that_are_none_are_refused() {
        for (String name : List.of("../x", "a/b", ".x", "x y", "x~", "a".repeat(65), "")) {
            sessions.call("start", name).run().exits(125);
            workshop.mayfly("--session", name, "true").run().exits(125);
        }
        assertEquals(List.of(), sessions.list());
    }

    @Test
    void a_session_that_is_not_there_is_told() {
        sessions.call("exec", "none", "--", "true")
                .run()
                .fails(
                        125,
                        "cannot run in session none: there is no session of this name",
                        "mayfly session start none starts it; .*");
        workshop.subcommand("session", "end", "none")
                .run()
                .fails(125, "cannot end session none: there is no session of this name", ".*");
    }

    @Test
    void sessions_are_listed() {
        sessions.start("one", "--idle", "30m", "--time", "2h").start("two");
        sessions.call("start", "one").run().fails(125, "cannot start session one: it is there already", ".*");

        List<Json> list = sessions.list();

        assertEquals(
                List.of("one", "two"),
                list.stream().map(session -> session.text("name")).toList());
        assertEquals("host", list.get(0).text("template"));
        assertEquals("bwrap", list.get(0).text("backend"));
        assertEquals(1800, list.get(0).number("idle_limit_seconds"));
        assertEquals(7200, list.get(0).number("time_limit_seconds"));
        assertEquals(workshop.account().uid(), (int) list.get(0).number("uid"));
        assertEquals(0, list.get(0).number("commands"));
    }

    @Test
    void the_callers_hooks_do_not_run_in_a_session() {
        sessions.start("one");
        for (String hook : List.of("PRE_SPAWN_HOOK", "POST_SPAWN_HOOK")) {
            sessions.script("one", "echo run >/tmp/command")
                    .env(hook, "echo run >hook")
                    .run()
                    .fails(125, "cannot run hooks in a session: .*", "unset PRE_SPAWN_HOOK .*");
        }

        assertEquals("none", sessions.prints("one", "cat /tmp/command 2>/dev/null || echo none"));
        assertEquals(
                "none", workshop.bash("cat hook 2>/dev/null || echo none").run().succeeds());
    }

    @Test
    void a_directory_itself_can_be_a_session() {
        workshop.bash(
                        "mkdir -p own/bin && cp $(command -v busybox) own/bin/sh && cd own && mkdir -p proc dev run tmp etc sys")
                .run()
                .succeeds();
        sessions.start("dir", "-t", "own");

        sessions.call("exec", "dir", "--", "/bin/sh", "-c", "echo made >/made")
                .run()
                .succeeds();
        sessions.call("exec", "dir", "--", "/bin/sh", "-c", "read x </made && test $x = made")
                .run()
                .succeeds();

        assertEquals("made\n", workshop.read("own/made"));
    }

    @Test
    void the_end_of_a_session_ends_its_commands() {
        sessions.start("one");
        Call.Running command = sessions.script("one", "trap '' TERM HUP; echo up; sleep 1000")
                .start()
                .prints("up");

        assertEquals(
                "one ended", workshop.subcommand("session", "end", "one").run().succeeds());

        assertEquals(
                "mayfly: cannot finish the command: its session was ended\n",
                command.await().exits(125).stderr());
        sessions.call("exec", "one", "--", "true").run().exits(125);
        sessions.start("one");
        assertEquals("new", sessions.prints("one", "echo new"));
    }

    @Test
    void a_session_ends_when_its_time_is_over() {
        sessions.start("one", "--time", "8");
        sessions.script("one", "sleep 1000")
                .run()
                .fails(124, "cannot finish the command: the time of its session is over", "");
        sessions.isGone("one");
    }

    @Test
    void the_status_line_names_the_session() {
        sessions.start("one");
        String line = workshop.bash(workshop.host().mayfly() + (workshop.isJava() ? " --java" : "")
                        + " session exec one --status-fd 3 -- true 3>&1")
                .run()
                .succeeds();
        assertEquals("one", Json.object(line).text("session"));
        assertEquals(0, Json.object(line).number("exit"));
    }
}
