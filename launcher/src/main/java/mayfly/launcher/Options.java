package mayfly.launcher;

import java.nio.file.Path;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The kinds of options that the subcommands have. */
final class Options {
    private Options() {}

    static CommandSpec command(String name, String synopsis, String description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().synopsisHeading("Usage: ").customSynopsis(synopsis).description(description);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .arity("0")
                .description("show this text")
                .build());
        return spec;
    }

    static OptionSpec flag(String description, String name, String... others) {
        return OptionSpec.builder(name, others)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    static OptionSpec value(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** A path, absolute; relative ones begin at the working directory. */
    static Optional<Path> path(ParseResult words, String option) {
        return words.hasMatchedOption(option)
                ? Optional.of(path(Bytes.fromLatin1(words.matchedOptionValue(option, ""))))
                : Optional.empty();
    }

    static Path path(Bytes path) {
        if (path.startsWith(Bytes.utf8("/"))) {
            return NativePath.of(path);
        }
        try {
            Bytes directory = Processes.workingDirectory().orElse(Bytes.utf8("/"));
            return NativePath.of(NativePath.join(directory, path)).normalize();
        } catch (PosixException e) {
            throw new IllegalStateException("the working directory has no name", e);
        }
    }
}
