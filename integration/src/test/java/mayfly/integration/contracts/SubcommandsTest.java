package mayfly.integration.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** The C client passes on to the launcher exactly the words that the launcher takes for subcommands. */
@InWorkshop(with = Client.C)
class SubcommandsTest {
    private static final Pattern LIST = Pattern.compile("words\\[\\] = \\{([^}]*)\\}");
    private static final Pattern WORD = Pattern.compile("\"([^\"]+)\"");

    private final Workshop workshop;

    SubcommandsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private static Set<String> clientsWords() {
        Matcher list = LIST.matcher(Directories.read(Host.source("native/mayfly.c")));
        assertTrue(list.find());
        Set<String> words = new TreeSet<>();
        Matcher word = WORD.matcher(list.group(1));
        while (word.find()) {
            words.add(word.group(1));
        }
        return words;
    }

    @Test
    void each_of_the_clients_words_is_a_subcommand_of_the_launcher() {
        workshop.service();
        for (String word : clientsWords()) {
            Outcome outcome =
                    workshop.subcommand("--java", word, "--no-such-option").run();
            assertTrue(
                    !outcome.stderr().contains("mayfly help run")
                            && !outcome.stderr().contains("cannot run"),
                    outcome.toString());
        }
    }

    @Test
    void each_of_the_launchers_subcommands_is_in_the_clients_list() {
        Set<String> offered = new TreeSet<>();
        Matcher line = Pattern.compile("^  ([a-z]+) ", Pattern.MULTILINE)
                .matcher(workshop.subcommand("help").run().succeeds());
        while (line.find()) {
            offered.add(line.group(1));
        }
        assertTrue(offered.remove("run"), offered.toString());
        Set<String> missing = new TreeSet<>(offered);
        missing.removeAll(clientsWords());
        assertEquals(Set.of(), missing);
        assertTrue(offered.size() >= 5, offered.toString());
    }
}
