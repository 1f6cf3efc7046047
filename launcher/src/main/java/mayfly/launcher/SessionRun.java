package mayfly.launcher;

import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import mayfly.sandbox.options.RunOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code mayfly session start} and {@code mayfly session exec}, for their help, manual and completion. With a name in front
 * they are claims as those of {@code mayfly run} are, which the service reads.
 */
final class SessionRun implements Subcommand {
    private static final Set<String> NEITHERS = Set.of("--session", "--refill", "--force", "--sweep");
    private static final Set<String> COMMANDS = Set.of("--env", "--chdir", "--ignore-sigint", "--status-fd");

    private final String name;
    private final String synopsis;
    private final String description;
    private final boolean ofCommand;

    /** @param ofCommand whether it has a command, and the options that are a command's alone */
    SessionRun(String name, String synopsis, String description, boolean ofCommand) {
        this.name = name;
        this.synopsis = synopsis;
        this.description = description;
        this.ofCommand = ofCommand;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command(name, "mayfly " + name + " " + synopsis, description);
        for (OptionSpec option : RunOptions.spec().options()) {
            String longest = option.longestName();
            if (!NEITHERS.contains(longest) && (ofCommand || !COMMANDS.contains(longest))) {
                spec.addOption(option);
            }
        }
        return spec.addPositional(PositionalParamSpec.builder()
                .arity(ofCommand ? "1..*" : "1")
                .required(true)
                .type(ofCommand ? List.class : String.class)
                .auxiliaryTypes(String.class)
                .paramLabel("SESSION")
                .hideParamSyntax(true)
                .description("the session's name")
                .build());
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws UsageException {
        throw new UsageException(
                name + " needs the session's name in front of all options",
                "mayfly help " + name + " lists the options");
    }
}
