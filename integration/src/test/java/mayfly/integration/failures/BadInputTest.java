package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each gets one message, and afterwards all is as before. */
@InWorkshop
class BadInputTest {
    private static final String HELP = "mayfly help run lists the options";

    private final Workshop workshop;

    BadInputTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @AfterEach
    void the_next_command_works() {
        assertEquals("fine", workshop.prints("echo", "fine"));
    }

    @Test
    void an_unknown_option_is_refused() {
        workshop.mayfly("--no-such-option", "true")
                .run()
                .fails(125, "cannot read the command line: unknown option --no-such-option", HELP);
        workshop.mayfly("-Y", "true").run().fails(125, "cannot read the command line: unknown option -Y", HELP);
    }

    @Test
    void an_option_without_its_value_is_refused() {
        workshop.mayfly("-z")
                .run()
                .fails(125, "cannot read the command line: option .*--template.* needs a value.*", HELP);
        workshop.mayfly("-v", "1x=2", "true")
                .run()
                .fails(125, "cannot read the command line: option --env needs .*", HELP);
        workshop.mayfly("--status-fd", "x", "true")
                .run()
                .fails(125, "cannot read the command line: option --status-fd needs .*, not x", HELP);
    }

    @Test
    void a_missing_template_is_refused() {
        workshop.mayfly("-z", "hast", "true").run().fails(125, "cannot .*template hast.*", ".+");
    }

    @Test
    void an_unknown_backend_is_refused() {
        workshop.mayfly("-e", "qemu", "true").run().fails(125, "cannot .*qemu.*", ".+");
    }

    @Test
    void a_missing_directory_is_refused() {
        workshop.mayfly("-p", "/mayfly/test/nothing", "true")
                .run()
                .fails(125, "cannot enter directory /mayfly/test/nothing: No such file or directory", ".*-p DIR.*");
        workshop.mayfly("-t", "/mayfly/test/nothing", "true")
                .run()
                .fails(125, "cannot use the directory /mayfly/test/nothing: No such file or directory", "");
    }

    @Test
    void a_file_in_place_of_a_directory_is_refused() {
        workshop.write("file", "");

        workshop.mayfly("-p", workshop.work() + "/file", "true")
                .run()
                .fails(125, "cannot enter directory .*/file: Not a directory", ".*-p DIR.*");
        Outcome root = workshop.mayfly("-t", workshop.work() + "/file", "true").run();
        assertEquals(125, root.status(), root.toString());
        assertEquals(
                true,
                root.stderr().startsWith("mayfly: cannot ") && root.stderr().contains("/file"),
                root.toString());
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void a_message_stays_on_its_lines_whatever_the_words_hold() {
        workshop.mayfly("--bad\nmayfly: fine\u001b[2J", "true")
                .run()
                .fails(125, "cannot read the command line: unknown option --bad\\\\nmayfly: fine\\\\u001b\\[2J", HELP);
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void a_message_of_a_missing_command_stays_on_its_line() {
        Outcome outcome = workshop.mayfly("no\nsuch").run().exits(127);

        assertEquals(1, outcome.stderr().lines().count(), outcome.toString());
    }
}
