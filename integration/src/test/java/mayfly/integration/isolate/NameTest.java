package mayfly.integration.isolate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A link's name decides that there are no subcommands. */
@InWorkshop
class NameTest {
    /** Each is a program in the template whose name is a subcommand of mayfly. */
    private static final List<String> SUBCOMMANDS =
            List.of("config", "doctor", "help", "pool", "run", "serve", "session", "template", "version");

    private final Workshop workshop;

    NameTest(Workshop workshop) {
        this.workshop = workshop;
        Debisl.in(workshop);
    }

    @Test
    void no_word_is_a_subcommand() {
        workshop.bash(
                        "mkdir programs; for name in " + String.join(" ", SUBCOMMANDS)
                                + "; do printf '#!/bin/sh\\necho \"${0##*/} $*\"\\n' >programs/$name; done; chmod 755 programs/*")
                .run()
                .succeeds();
        StringBuilder expected = new StringBuilder();
        for (String word : SUBCOMMANDS) {
            expected.append(word).append(" status -h\n").append(word).append(" run true\n");
        }
        assertEquals(
                expected.toString().strip(),
                workshop.bash("for name in " + String.join(" ", SUBCOMMANDS)
                                + "; do isolate -d programs:/opt -v PATH=/opt:/bin $name status -h"
                                + " && isolate -d programs:/opt -v PATH=/opt:/bin -- $name run true; done")
                        .run()
                        .succeeds());
    }

    @Test
    void the_first_word_is_a_command_too() {
        for (String word : SUBCOMMANDS) {
            Outcome outcome = workshop.bash("isolate " + word + " true").run();
            outcome.fails(127, "cannot run " + word + ": No such file or directory", "");
        }
    }

    @Test
    void help_prints_the_options() {
        for (String word : List.of("-h", "--help")) {
            String help = workshop.bash("isolate " + word).run().succeeds();
            assertTrue(help.startsWith("Usage: isolate [OPTION]..."), help);
            assertTrue(help.contains("-z, --template=NAME") && help.contains("-r, --refill=TEMPLATE"), help);
        }
        assertEquals("-h", workshop.bash("isolate echo -h").run().succeeds());
    }

    @Test
    void options_that_are_not_there_are_refused() {
        workshop.bash("isolate --version")
                .run()
                .fails(125, "cannot read the command line: unknown option --version", "mayfly help run .*");
        workshop.bash("isolate -f true").run().fails(125, "cannot read the command line: .*--refill only", ".*");
    }

    @Test
    void without_a_command_it_is_the_shell() {
        assertEquals(
                "template",
                workshop.bash("echo 'cat /etc/name' | SHELL=/bin/sh isolate")
                        .run()
                        .succeeds());
    }

    @Test
    void a_link_elsewhere_behaves_alike() {
        String mayfly = workshop.host().mayfly().toString();
        workshop.bash("mkdir elsewhere; ln -s " + mayfly + " elsewhere/isolate; ln -s " + mayfly + " elsewhere/other")
                .run()
                .succeeds();
        workshop.bash("elsewhere/isolate version").run().fails(127, "cannot run version: .*", "");
        assertTrue(workshop.bash("elsewhere/other version").run().succeeds().startsWith("mayfly "));
    }
}
