package mayfly.launcher;

import java.io.PrintStream;
import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Terminals;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** A subcommand that has the service do something to a template or its pool, and shows how far it is. */
abstract class Order implements Subcommand {
    private final String name;
    private final String operands;
    private final String description;

    /**
     * @param operands as in the synopsis: {@code TEMPLATE [SNAPSHOT]}, each with or without brackets
     * @param description what the help says
     */
    Order(String name, String operands, String description) {
        this.name = name;
        this.operands = operands;
        this.description = description;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command(name, "mayfly " + name + " [OPTION]... " + operands, description)
                .addOption(Options.flag("say nothing but what went wrong", "-q", "--quiet"));
        String[] labels = operands.split(" ", -1);
        for (int i = 0; i < labels.length; i++) {
            String label = labels[i].replaceAll("[\\[\\]]", "");
            boolean optional = labels[i].startsWith("[");
            spec.addPositional(PositionalParamSpec.builder()
                    .index(Integer.toString(i))
                    .arity(optional ? "0..1" : "1")
                    .required(!optional)
                    .type(String.class)
                    .paramLabel(label)
                    .description(describe(label))
                    .build());
        }
        return spec;
    }

    private static String describe(String label) {
        return switch (label) {
            case "TEMPLATE" -> "a template's name, or its dataset";
            case "SESSION" -> "the session's name";
            case "SNAPSHOT" -> "one of its snapshots";
            case "NAME" -> "what to call the snapshot; default: the time in UTC";
            default -> "how many; default: as configured";
        };
    }

    @Override
    public final int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException, UsageException {
        boolean quiet = words.hasMatchedOption("--quiet");
        boolean trace = words.hasMatchedOption("--trace");
        ProgressLine.Manner manner = ProgressLine.manner(Terminals.isTerminal(2), quiet, trace);
        try (Mayfly mayfly = Mayfly.connect();
                ProgressLine progress = messages.progress(manner)) {
            Optional<String> result = give(mayfly.administration(progress), words, messages);
            progress.close();
            if (result.isPresent() && !quiet) {
                out.println(result.get());
            }
            return result.isPresent() ? 0 : 1;
        }
    }

    /** Gives the order; what came of it, or empty: the person did not agree. */
    abstract Optional<String> give(Administration administration, ParseResult words, Messages messages)
            throws MayflyException, UsageException;

    /** The operand, as people read it. */
    static Optional<String> operand(ParseResult words, int index) {
        return words.hasMatchedPositional(index)
                ? Optional.of(Bytes.fromLatin1(words.matchedPositionalValue(index, ""))
                        .text())
                : Optional.empty();
    }

    static String template(ParseResult words) {
        return operand(words, 0).orElseThrow();
    }
}
