package mayfly.launcher.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsTest {
    private static final Path SOURCES = Path.of("src/main/documents");

    private Path share = Path.of("/");

    @BeforeEach
    void write(@TempDir Path directory) throws IOException {
        share = directory;
        Documents.write(SOURCES, share);
    }

    @Test
    void each_option_and_subcommand_is_in_each_document() throws IOException {
        String manual = Files.readString(share.resolve("man/man1/mayfly.1"));
        String bash = Files.readString(share.resolve("bash-completion/completions/mayfly"));
        String zsh = Files.readString(share.resolve("zsh/site-functions/_mayfly"));
        String fish = Files.readString(share.resolve("fish/vendor_completions.d/mayfly.fish"));
        for (Command command : Documents.commands()) {
            assertTrue(command.isRun() || manual.contains("\n.It Ic \"mayfly " + command.name()), command.name());
            assertTrue(bash.contains("'" + command.name() + "') options="), command.name());
            assertTrue(zsh.contains("'" + command.name() + "') specs="), command.name());
            for (Option option : command.options()) {
                for (String name : option.names()) {
                    assertTrue(manual.contains("Fl " + name.substring(1).replace("-", "\\-")), name);
                    assertTrue(bash.matches("(?s).*[' ]" + name + "[' ].*"), name);
                    assertTrue(zsh.matches("(?s).*[*)]" + name + "[=+]?\\[.*"), name);
                    String spelled = name.contains("=")
                            ? "-a " + name
                            : Option.isLong(name) ? "-l " + name.substring(2) : "-s " + name.substring(1);
                    assertTrue(
                            fish.contains("'__mayfly_at " + command.name() + "' ")
                                    && fish.contains(" " + spelled + " "),
                            name);
                }
            }
        }
    }

    @Test
    void a_value_is_of_the_kind_that_its_option_takes() {
        Command run = Documents.commands().get(0);
        assertTrue(run.isRun());
        assertEquals(
                List.of(Value.BACKEND, Value.TEMPLATE, Value.DIRECTORY, Value.BIND, Value.VARIABLE, Value.OTHER),
                Stream.of("-e", "-z", "-t", "-d", "-v", "--status-fd")
                        .map(name -> run.options().stream()
                                .filter(option -> option.names().contains(name))
                                .findFirst()
                                .orElseThrow()
                                .value()
                                .orElseThrow())
                        .toList());
    }

    @Test
    void a_text_without_its_place_is_a_failure(@TempDir Path sources) throws IOException {
        Files.writeString(sources.resolve("mayfly.1"), ".\\\" @options@\n");
        assertThrows(IOException.class, () -> Documents.write(sources, share));
    }
}
