package mayfly.integration.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Terminal;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Programs that use the whole screen, and mixtures of terminal, files and pipes. */
@InWorkshop
class ProgramsTest {
    private final Workshop workshop;
    private final Terminal terminal;

    ProgramsTest(Workshop workshop) {
        this.workshop = workshop;
        terminal = Terminal.open(workshop);
    }

    @AfterEach
    void close() {
        terminal.close();
    }

    @Test
    void an_editor_writes_a_file_inside() {
        terminal.line("mayfly bash --norc -c 'vi -u NONE note; cat note; echo \"w\"ritten'")
                .shows("~");
        terminal.type("ifirst line").key("Enter").type("second").key("Escape");
        terminal.type(":wq").key("Enter").showsLine("written");

        terminal.showsLine("first line").showsLine("second");
        assertTrue(!workshop.work().resolve("note").toFile().exists());
    }

    @Test
    void a_pager_pages_and_quits() {
        workshop.bash("seq 1 200 >numbers").run().succeeds();
        terminal.line("mayfly less numbers; echo status \"\"$?").showsLine("23");
        terminal.key("Space").showsLine("46").type("q").showsLine("status 0");
    }

    @Test
    void a_commands_output_goes_through_a_pager_outside() {
        terminal.line("mayfly seq 1 200 | less; echo status \"\"$?").showsLine("23");
        terminal.key("Space").showsLine("46").type("q").showsLine("status 0");
    }

    @Test
    void files_and_pipes_take_the_place_of_the_terminal() {
        workshop.write("file", "from a file\n");

        terminal.line("mayfly sh -c 'cat; test ! -t 0 -a -t 1 && echo \"out\"put is a terminal' <file");
        terminal.showsLine("from a file").showsLine("output is a terminal");
        terminal.line("clear; echo \"from a\" pipe | mayfly cat").showsLine("from a pipe");
        terminal.line("clear; mayfly sh -c 'test -t 0 && echo \"in\"put is a terminal' | cat")
                .showsLine("input is a terminal");
        terminal.line("clear; mayfly sh -c 'echo hidden; test -t 0 -a -t 2 && echo \"sh\"own >&2' >file")
                .showsLine("shown");
        terminal.line("clear; mayfly sh -c 'echo \"err\" only >&2' 2>&1 >/dev/null </dev/null | cat")
                .showsLine("err only");
        assertEquals("hidden\n", workshop.read("file"));
    }

    @Test
    void two_commands_in_one_pipe_do_not_disturb_each_other() {
        terminal.line("mayfly sh -c 'seq 1 5; echo \"er\"rors >&2' | mayfly sh -c 'sort -r | head -n 1; echo \"en\"d'");
        terminal.showsLine("errors").showsLine("5").showsLine("end");
    }

    @Test
    void a_shell_without_a_command_is_the_users_own() {
        terminal.line("mayfly").line("echo $((4000+242))").shows("4242");
        terminal.line("exit 3").prompts().line("echo status \"\"$?").showsLine("status 3");
    }
}
