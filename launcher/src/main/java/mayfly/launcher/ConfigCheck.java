package mayfly.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.client.MayflyException;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly config check}: all problems of a configuration file. Exit status 1 when there are some. */
final class ConfigCheck implements Subcommand {
    @Override
    public CommandSpec spec() {
        return Options.command(
                        "config check",
                        "mayfly config check [FILE]",
                        "Prints all problems of FILE, or of the configuration that your service would read; without any, who may do what.")
                .addPositional(PositionalParamSpec.builder()
                        .arity("0..1")
                        .type(String.class)
                        .paramLabel("FILE")
                        .description("the file")
                        .build());
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        String word = words.matchedPositionalValue(0, "");
        Path file =
                word.isEmpty() ? DefaultPaths.ofThisProcess().configuration() : Options.path(Bytes.fromLatin1(word));
        try {
            new PolicyText(ConfigurationFile.read(file)).lines().forEach(out::println);
            out.println(file + ": no problems");
            return 0;
        } catch (ConfigurationException e) {
            List<String> problems = e.problems();
            problems.forEach(out::println);
            return 1;
        } catch (NoSuchFileException e) {
            if (word.isEmpty()) {
                new PolicyText(Configuration.defaults()).lines().forEach(out::println);
                out.println(file + ": not there; the defaults apply");
                return 0;
            }
            return cannotRead(file, "No such file or directory", messages);
        } catch (IOException e) {
            return cannotRead(file, Failure.reason(e), messages);
        }
    }

    private static int cannotRead(Path file, String reason, Messages messages) {
        messages.complain("cannot read " + file + ": " + reason, Optional.empty());
        return MayflyException.FAILED;
    }
}
