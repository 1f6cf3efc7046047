package mayfly.sandbox.options;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/** docs/usage.md and the parser have the same options. */
final class DocumentedOptionsTest {
    private static final Pattern NAME = Pattern.compile("`(--?[a-z0-9][a-z0-9=-]*)");

    @Test
    void whoever_comes_from_isolate_finds_each_short_option() throws IOException {
        Set<String> documented = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("../docs/from-isolate.md"))) {
            if (line.startsWith("| `")) {
                Pattern.compile("`(-[a-z0-9])\\b")
                        .matcher(line.split(" \\| ", -1)[0])
                        .results()
                        .forEach(name -> documented.add(name.group(1)));
            }
        }
        Set<String> known = new TreeSet<>();
        for (OptionSpec option : RunOptions.spec().options()) {
            Arrays.stream(option.names()).filter(name -> name.length() == 2).forEach(known::add);
        }
        known.add("-h");
        assertEquals(known, documented);
    }

    @Test
    void the_table_in_the_documentation_has_all_options_and_no_others() throws IOException {
        Set<String> documented = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("../docs/usage.md"))) {
            if (line.startsWith("| `-")) {
                Matcher names = NAME.matcher(line);
                while (names.find()) {
                    documented.add(names.group(1));
                }
            }
        }
        Set<String> known = new TreeSet<>();
        for (OptionSpec option : RunOptions.spec().options()) {
            known.addAll(Arrays.asList(option.names()));
        }
        assertEquals(known, documented);
    }
}
