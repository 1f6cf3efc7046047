package mayfly.integration.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Terminal;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tabulator key in each shell. */
@InWorkshop(as = Identity.USER, with = Client.C)
class CompletionTest {
    /** What starts the shell, in a directory of its own, and has it read the completion: $SHARE. */
    private enum Shell {
        BASH(
                "exec env PS1='inner> ' bash --norc",
                ". /usr/share/bash-completion/bash_completion; . $SHARE/bash-completion/completions/mayfly"),
        ZSH(
                "exec env PS1='inner> ' zsh -f",
                "fpath=($SHARE/zsh/site-functions $fpath); autoload -U compinit; compinit -u -D"),
        FISH(
                "exec env HOME=$PWD XDG_DATA_DIRS=$SHARE:/usr/share fish --private -C 'function fish_prompt; echo \"inner> \"; end; function fish_greeting; end'",
                "true");

        private final String start;
        private final String read;

        Shell(String start, String read) {
            this.start = start;
            this.read = read;
        }
    }

    private final Workshop workshop;
    private final Path share;

    CompletionTest(Workshop workshop) {
        this.workshop = workshop;
        share = workshop.host().mayfly().resolveSibling("../share").normalize();
    }

    private Terminal open(Shell shell) {
        return Terminal.open(workshop)
                .line("export SHARE=" + share + "; clear; " + shell.start)
                .shows("inner>")
                .line(shell.read + "; printf '%s\\n' re''ady")
                .showsLine("ready *");
    }

    /** Types it, then the tabulator, and waits for what is typed then. */
    private void completes(Shell shell, String typed, String completed) {
        try (Terminal terminal = open(shell)) {
            terminal.type(typed).key("Tab").shows("inner> " + completed);
        }
    }

    private void offers(Shell shell, String typed, String... words) {
        try (Terminal terminal = open(shell)) {
            terminal.type(typed).key("Tab").key("Tab");
            for (String word : words) {
                terminal.shows(word);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_option(Shell shell) {
        completes(shell, "mayfly --tem", "mayfly --template");
    }

    @ParameterizedTest
    @EnumSource
    void a_template_which_the_service_is_asked_for(Shell shell) {
        completes(shell, "mayfly -n -z ", "mayfly -n -z host");
    }

    @ParameterizedTest
    @EnumSource
    void a_template_behind_the_equals_sign(Shell shell) {
        completes(shell, "mayfly --template=h", "mayfly --template=host");
    }

    @ParameterizedTest
    @EnumSource
    void a_backend_of_isolate(Shell shell) {
        completes(shell, "isolate -ne bw", "isolate -ne bwrap");
    }

    @ParameterizedTest
    @EnumSource
    void the_words_of_subcommands(Shell shell) {
        offers(shell, "mayfly pool ", "drain", "refill", "status");
    }

    @ParameterizedTest
    @EnumSource
    void an_option_of_a_subcommand(Shell shell) {
        completes(shell, "mayfly pool refill host --sw", "mayfly pool refill host --sweep");
    }

    @ParameterizedTest
    @EnumSource
    void a_template_of_a_subcommand(Shell shell) {
        completes(shell, "mayfly pool refill -f h", "mayfly pool refill -f host");
    }

    @ParameterizedTest
    @EnumSource
    void an_option_of_the_command_itself(Shell shell) {
        completes(shell, "mayfly -z host ls --auth", "mayfly -z host ls --author");
    }

    @ParameterizedTest
    @EnumSource
    void an_option_of_isolates_command_behind_a_bind(Shell shell) {
        completes(shell, "isolate -d /etc:/mnt -- ls --auth", "isolate -d /etc:/mnt -- ls --author");
    }

    @ParameterizedTest
    @EnumSource
    void the_source_and_the_place_of_a_bind(Shell shell) {
        completes(shell, "mayfly -d /etc/hostn", "mayfly -d /etc/hostname");
        completes(shell, "mayfly -d /etc:/usr/shar", "mayfly -d /etc:/usr/share/");
    }

    /** fish hands the quotation mark to what completes a bind. */
    @ParameterizedTest
    @EnumSource(names = {"BASH", "ZSH"})
    void a_path_in_quotation_marks(Shell shell) {
        completes(shell, "mayfly -d '/etc/hostn", "mayfly -d '/etc/hostname");
    }

    @ParameterizedTest
    @EnumSource
    void a_command_s_name(Shell shell) {
        completes(shell, "mayfly -n debootstr", "mayfly -n debootstrap");
        completes(shell, "mayfly debootstr", "mayfly debootstrap");
    }

    @Test
    void the_files_have_no_faults_that_a_program_finds() {
        String bash = share + "/bash-completion/completions/mayfly";
        assertEquals("", Tool.output("shellcheck", "--shell=bash", bash));
        assertEquals("", Tool.output("zsh", "-n", share + "/zsh/site-functions/_mayfly"));
        assertEquals("", Tool.output("fish", "-n", share + "/fish/vendor_completions.d/mayfly.fish"));
    }
}
