package mayfly.launcher.documents;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The parts of mayfly(1) that list options, in mdoc(7). */
final class ManualPage {
    private static final Set<String> HELP = Set.of("-h");

    private static final int LONGEST_LINE = 78;

    private final List<Command> commands;

    ManualPage(List<Command> commands) {
        this.commands = commands;
    }

    /** Those of a run. */
    String options() {
        return list(run().options());
    }

    String subcommands() {
        StringBuilder text = new StringBuilder(".Bl -tag -width Ds\n");
        for (Command command : commands) {
            if (!command.isRun()) {
                text.append(entry(command));
            }
        }
        return text.append(".El\n").toString();
    }

    private Command run() {
        return commands.stream().filter(Command::isRun).findFirst().orElseThrow();
    }

    private String entry(Command command) {
        StringBuilder text = new StringBuilder();
        for (String form : command.synopsis()) {
            text.append(".It Ic \"").append(escape(form)).append("\"\n");
        }
        text.append(sentences(command.description()));
        // Where it takes the options of a run, their description is there already.
        List<Option> ofRun =
                command.options().stream().filter(run().options()::contains).toList();
        List<Option> own = command.options().stream()
                .filter(option ->
                        !ofRun.contains(option) && !HELP.contains(option.names().get(0)))
                .toList();
        if (!ofRun.isEmpty()) {
            text.append("Of the options of a run it takes\n")
                    .append(ofRun.stream()
                            .map(option -> ".Fl " + flag(option.names().get(0)))
                            .collect(Collectors.joining(" ,\n")))
                    .append(" .\n");
        }
        return own.isEmpty() ? text.toString() : text + list(own);
    }

    private static String list(List<Option> options) {
        StringBuilder text = new StringBuilder(".Bl -tag -width Ds\n");
        for (Option option : options) {
            text.append(".It ")
                    .append(option.names().stream()
                            .map(name -> name(name, option.label()))
                            .collect(Collectors.joining(" , ")))
                    .append('\n')
                    .append(sentences(capitalized(option.description()) + "."));
        }
        return text.append(".El\n").toString();
    }

    private static String name(String name, String label) {
        if (label.isEmpty()) {
            return "Fl " + flag(name);
        }
        String value = "Ar " + escape(label);
        return "Fl " + flag(name) + (Option.isLong(name) ? " Ns = Ns " : " ") + value;
    }

    /** Behind Fl, which prints one dash itself. */
    private static String flag(String name) {
        return escape(name.substring(1));
    }

    private static String capitalized(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    /** New lines for new sentences, as mdoc wants them, and none that is too long. */
    private static String sentences(String text) {
        StringBuilder lines = new StringBuilder();
        for (String sentence : escape(text).split("(?<=[.!?]) (?=[A-Z])", -1)) {
            int column = 0;
            for (String word : sentence.split(" ", -1)) {
                boolean breaks = column + 1 + word.length() > LONGEST_LINE;
                lines.append(column == 0 ? "" : breaks ? "\n" : " ").append(word);
                column = (breaks ? 0 : column + 1) + word.length();
            }
            lines.append('\n');
        }
        return lines.toString();
    }

    /** A dash that is to be one, and nothing that begins a request. */
    private static String escape(String text) {
        String plain = text.replace("\\", "\\e").replace("-", "\\-").replace("\"", "\\(dq");
        return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
    }
}
