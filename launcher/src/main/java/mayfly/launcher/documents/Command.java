package mayfly.launcher.documents;

import java.util.List;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code run} or a subcommand.
 *
 * @param name one word or two
 * @param synopsis one line for each form
 * @param operands in order, without a command to be run
 */
record Command(String name, List<String> synopsis, String description, List<Option> options, List<Operand> operands) {
    private static final String RUN = "run";

    /** A word without a dash. */
    record Operand(String label, Value value, String description) {}

    static Command of(String name, CommandSpec spec) {
        List<Operand> operands = spec.positionalParameters().stream()
                .filter(operand -> !operand.paramLabel().equals("COMMAND"))
                .map(Command::operand)
                .toList();
        String synopsis = String.format(String.join("%n", spec.usageMessage().customSynopsis()));
        return new Command(
                name,
                synopsis.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList(),
                String.join(" ", spec.usageMessage().description()),
                spec.options().stream().map(Option::of).toList(),
                operands);
    }

    private static Operand operand(PositionalParamSpec operand) {
        return new Operand(operand.paramLabel(), Value.of(operand), description(operand));
    }

    private static String description(ArgSpec arg) {
        return String.join(" ", arg.description());
    }

    boolean isRun() {
        return name.equals(RUN);
    }

    /** Its description's first sentence, without the full stop. */
    String summary() {
        int end = description.indexOf(". ");
        return (end < 0 ? description : description.substring(0, end)).replaceFirst("\\.$", "");
    }

    /** Whether it runs a command, and so has the options of a run. */
    boolean runsCommand() {
        return options.stream().anyMatch(option -> option.names().contains("--env"));
    }

    /** Whether a second word follows in its name. */
    boolean isInGroup() {
        return name.contains(" ");
    }

    /** The first word of its name. */
    String first() {
        return name.split(" ", -1)[0];
    }

    /** The last word of its name. */
    String last() {
        return name.substring(name.lastIndexOf(' ') + 1);
    }
}
