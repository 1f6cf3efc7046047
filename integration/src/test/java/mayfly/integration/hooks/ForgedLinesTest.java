package mayfly.integration.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A command whose words a template's hook prints, so that they get into the log and the pool's status. */
@InWorkshop(with = Client.C)
class ForgedLinesTest {
    private static final String FORGED = "mayfly: the configuration was read again and is in force";

    private final Workshop workshop;
    private final Path root;

    ForgedLinesTest(Workshop workshop) {
        root = workshop.template("root");
        this.workshop = workshop.configured("""
                [template.printed]
                store = "directory"
                path = "%s"
                post-stop = ["/bin/sh", "-c", "cat \\"$ROOTFS/tmp/said\\"; exit 3"]
                """.formatted(root));
    }

    @BeforeEach
    void fill() {
        if (!Files.exists(root.resolve("bin"))) {
            BusyboxRoot.make(root);
            Tool.output("chmod", "1777", root + "/tmp");
        }
    }

    private static void assertHarmless(String text) {
        for (int c : text.codePoints().toArray()) {
            int type = Character.getType(c);
            assertTrue(
                    c == '\n' || !(type == Character.CONTROL || type == Character.FORMAT || c == 0x2028),
                    "character " + c + " in " + text);
        }
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void what_a_hook_prints_for_it_stays_on_lines_that_say_so() {
        String said = "first\\r" + FORGED + "\\n\\033[2J\\033]0;title\\007" + FORGED + "\\n\\302\\205" + FORGED
                + "\\n\\342\\200\\256reversed\\342\\200\\250" + FORGED + "\\n\\377\\376\\b\\b\\b" + FORGED + "\\n";
        workshop.mayfly("-z", "printed", "--", "/bin/sh", "-c", "printf '" + said + "' >/tmp/said")
                .run()
                .exits(0);

        Eventually.holds(
                "the hook is in the log", () -> workshop.service().log().contains("reversed"));
        String log = workshop.service().log();
        assertHarmless(log);
        assertEquals(0, log.lines().filter(FORGED::equals).count(), log);
        assertEquals(0, log.lines().filter(line -> !line.startsWith("mayfly: ")).count(), log);
        Eventually.holds("the failure is in the status", () -> status().stdout().contains("post-stop hook"));
        assertHarmless(status().text());
        assertHarmless(
                workshop.subcommand("pool", "status", "--json").run().exits(0).text());
    }

    private Outcome status() {
        return workshop.subcommand("pool", "status").run().exits(0);
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void names_that_the_caller_chose_are_escaped_in_messages_of_all_kinds() {
        String name = "x\n" + FORGED + "\u001b[2J\u202e";
        for (String[] words : new String[][] {
            {"-z", name, "true"},
            {"-t", "/" + name, "true"},
            {"-p", "/" + name, "true"},
            {"-d", "/" + name + ":/tmp/x", "true"},
            {"-d", "/etc/passwd:/tmp/../" + name + "/..", "true"},
            {"-e", name, "true"},
            {"-v", name + "=1", "true"},
            {"--session", name, "true"},
            {"/" + name},
        }) {
            Outcome outcome = workshop.mayfly(words).run();
            assertHarmless(new String(outcome.stderr().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
            assertEquals(0, outcome.stderr().lines().filter(FORGED::equals).count(), outcome.toString());
        }
        assertHarmless(workshop.service().log());
    }
}
