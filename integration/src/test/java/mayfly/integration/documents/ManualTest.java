package mayfly.integration.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** mayfly(1). */
@InWorkshop(as = Identity.USER, with = Client.C)
class ManualTest {
    private static final Pattern OPTION = Pattern.compile("(?<=[\\s,])--?[a-z0-9][a-z0-9-]*");

    private final Workshop workshop;
    private final String manual;

    ManualTest(Workshop workshop) {
        this.workshop = workshop;
        Path share = workshop.host().mayfly().resolveSibling("../share");
        manual = share.resolve("man/man1/mayfly.1").normalize().toString();
    }

    private String rendered() {
        return workshop.call(List.of("man", "-l", manual))
                .env("MANWIDTH", "200")
                .env("MANPAGER", "cat")
                .run()
                .succeeds();
    }

    @Test
    void man_shows_each_option_and_subcommand_that_help_shows() {
        String page = rendered();
        Set<String> missing = new TreeSet<>();
        Matcher name = Pattern.compile(
                        "^  ((?:run|pool|template|serve|doctor|config)(?: [a-z]+)?)  ", Pattern.MULTILINE)
                .matcher(workshop.subcommand("help").run().succeeds());
        int subcommands = 0;
        while (name.find()) {
            subcommands++;
            String help = workshop.bash("mayfly help " + name.group(1)).run().succeeds();
            if (!name.group(1).equals("run") && !page.contains("\n     mayfly " + name.group(1))) {
                missing.add(name.group(1));
            }
            OPTION.matcher(help)
                    .results()
                    .map(option -> option.group())
                    .filter(option -> !Pattern.compile("[ ,]" + option + "[ ,=\n]")
                            .matcher(page)
                            .find())
                    .forEach(missing::add);
        }
        assertEquals(Set.of(), missing);
        assertTrue(subcommands >= 14, "subcommands: " + subcommands);
        for (String heading : List.of("EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES")) {
            assertTrue(page.contains("\n" + heading + "\n"), page);
        }
    }

    @Test
    void the_link_shows_it_too() {
        String link = manual.replace("mayfly.1", "isolate.1");
        assertTrue(workshop.call(List.of("man", "-l", link))
                .env("MANPAGER", "cat")
                .run()
                .succeeds()
                .contains("a link to mayfly"));
    }

    /** Less what is about the manuals that this machine has. */
    @Test
    void mandoc_finds_no_fault() {
        Outcome lint = workshop.call(List.of("mandoc", "-T", "lint", manual)).run();
        assertEquals(
                List.of(),
                lint.lines().stream()
                        .filter(line -> !line.contains("referenced manual not found"))
                        .toList());
    }
}
