package mayfly.integration.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Terminal;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@InWorkshop
class SessionTest {
    private static final String CLIENT_STOPPED = ".*Stopped +.*";

    private final Workshop workshop;
    private final Terminal terminal;
    private final String modes;

    SessionTest(Workshop workshop) {
        this.workshop = workshop;
        terminal = Terminal.open(workshop);
        modes = modes("before");
    }

    /** The outer terminal's modes. */
    private String modes(String name) {
        terminal.line("stty -a >" + name + "; echo saved-\"" + name + "\"").shows("saved-" + name);
        return workshop.read(name);
    }

    @AfterEach
    void the_terminal_is_as_it_was() {
        try {
            terminal.line("clear; echo \"a\"gain").showsLine("again");
            String after = modes("after");
            assertEquals(
                    modes.replaceAll("rows \\d+; columns \\d+", ""), after.replaceAll("rows \\d+; columns \\d+", ""));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nthe screen:\n" + terminal.screen(), e);
        } finally {
            terminal.close();
        }
    }

    @Test
    void the_command_has_a_terminal_of_the_right_size() {
        terminal.line("mayfly sh -c 'tty; stty size; test -t 0 -a -t 1 -a -t 2 && echo \"a\"ll'");

        terminal.showsLine("/dev/pts/\\d+").showsLine("24 80").showsLine("all");
    }

    @Test
    void a_change_of_the_windows_size_reaches_the_command() {
        terminal.line("mayfly sh -c 'trap \"stty size\" WINCH; echo \"rea\"dy; while :; do sleep 0.05; done'")
                .shows("ready")
                .resize(100, 30)
                .showsLine("30 100")
                .key("C-c")
                .prompts();
    }

    @Test
    void ctrl_c_interrupts_the_command() {
        terminal.line("mayfly sh -c 'echo \"rea\"dy; exec sleep 100'; echo status \"\"$?")
                .shows("ready")
                .key("C-c")
                .shows("status 130");
    }

    @Test
    void ctrl_backslash_quits_the_command() {
        terminal.line("mayfly sh -c 'ulimit -c 0; echo \"rea\"dy; exec sleep 100'; echo status \"\"$?")
                .shows("ready")
                .key("C-\\")
                .shows("status 131");
    }

    @Test
    void ctrl_d_ends_the_input() {
        terminal.line("mayfly cat; echo status \"\"$?").taken().line("some text");
        terminal.showsLine("some text").key("C-d").showsLine("status 0");
    }

    @Test
    void a_shell_inside_has_job_control() {
        terminal.line("mayfly -v PS1='inner> ' bash --norc").shows("inner>");
        terminal.line("sleep 8767.1");
        Eventually.holds(
                "sleep runs", () -> !ProcessTable.running("sleep", "8767.1").isEmpty());
        terminal.key("C-z").showsLine(".*Stopped +sleep 8767.1");
        terminal.line("bg").shows("[1]+ sleep 8767.1 &");
        terminal.line("clear; jobs").showsLine(".*Running +sleep 8767.1 &");
        terminal.line("clear; fg").showsLine("sleep 8767.1").key("C-c");
        terminal.line("echo interrupted \"\"$?; exit 7").shows("interrupted 130");
        terminal.prompts().line("echo status \"\"$?").showsLine("status 7");
    }

    @Test
    void ctrl_z_suspends_the_client_in_the_outer_shell_and_fg_resumes_it() {
        terminal.line("mayfly sh -c 'echo \"rea\"dy; read x; echo \"got\" $x; exit 4'; echo status \"\"$?")
                .shows("ready");
        terminal.key("C-z").showsLine(CLIENT_STOPPED).showsLine("status 148");
        String suspended = modes("suspended");
        assertEquals(modes, suspended);
        terminal.line("fg; echo then \"\"$?").taken().line("typed later");
        terminal.showsLine("got typed later").shows("then 4");
    }

    @Test
    void a_suspended_command_does_not_run() {
        terminal.line("mayfly sh -c 'echo \"rea\"dy; exec sleep 8767.2'")
                .shows("ready")
                .key("C-z");
        terminal.showsLine(CLIENT_STOPPED);

        Eventually.holds("sleep is stopped", () -> ProcessTable.running("sleep", "8767.2").stream()
                .allMatch(entry -> ProcessTable.state(entry.pid()) == 'T'));
        terminal.line("kill %1; wait; echo \"go\"ne").showsLine("gone");
        Eventually.holds(
                "sleep ends", () -> ProcessTable.running("sleep", "8767.2").isEmpty());
    }

    @Test
    void a_command_in_the_background_stops_when_it_reads_the_terminal() {
        terminal.line("mayfly cat &").line("clear; jobs");
        Eventually.holds("the client is stopped", () -> {
            terminal.line("clear; jobs");
            return terminal.screen().contains("Stopped");
        });
        terminal.line("clear; fg").showsLine("mayfly cat").taken().line("hello").key("C-d");
        Eventually.holds(
                "typed, echoed and printed",
                () -> terminal.screen().lines().filter("hello"::equals).count() == 2);
    }

    @Test
    void a_command_in_the_background_may_print() {
        terminal.line("mayfly sh -c 'echo \"from be\"hind' & wait; echo \"do\"ne")
                .showsLine("from behind")
                .showsLine("done");
    }

    @Test
    void modes_are_restored_after_a_command_that_changed_them() {
        terminal.line("mayfly sh -c 'stty raw -echo; kill -KILL $$'; echo status \"\"$?")
                .shows("status 137");
    }

    @Test
    void modes_are_restored_after_the_client_was_terminated() {
        terminal.line("mayfly sh -c 'stty raw -echo; echo $((8000+767)); exec sleep 8767.3'; echo status \"\"$?")
                .shows("8767\n");
        Eventually.holds(
                "sleep runs", () -> !ProcessTable.running("sleep", "8767.3").isEmpty());
        workshop.call(List.of("pkill", "-TERM", "-x", "-f", "sleep 8767.3"))
                .run()
                .exits(0);
        terminal.shows("status 143");
    }

    @Test
    void in_raw_mode_control_characters_are_bytes() {
        terminal.line("mayfly sh -c 'stty raw; echo \"rea\"dy; head -c 3 | od -An -tx1; stty sane'")
                .shows("ready");
        terminal.type("a").key("C-c").key("C-z").shows("61 03 1a");
    }
}
