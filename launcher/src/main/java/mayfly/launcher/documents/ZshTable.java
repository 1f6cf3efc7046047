package mayfly.launcher.documents;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mayfly.sandbox.backend.Backend;

/** What zsh's completion knows of the command line: specifications for _arguments, and names for _describe. */
final class ZshTable {
    private final List<Command> commands;

    ZshTable(List<Command> commands) {
        this.commands = commands;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        Map<String, StringBuilder> groups = new LinkedHashMap<>();
        StringBuilder single = new StringBuilder("help\\:'the options of a subcommand' version\\:'this version' ");
        for (Command command : commands) {
            StringBuilder names = command.isInGroup()
                    ? groups.computeIfAbsent(command.first(), first -> new StringBuilder())
                    : single;
            names.append(command.last())
                    .append("\\:")
                    .append(quoted(command.summary()))
                    .append(' ');
        }
        text.append("_mayfly_single=(").append(single.toString().strip()).append(")\n");
        text.append("_mayfly_backends=(")
                .append(String.join(" ", Backend.names()))
                .append(")\n");
        text.append("typeset -gA _mayfly_groups=(");
        groups.keySet().forEach(first -> text.append(' ').append(first).append(" 1"));
        text.append(
                " )\n\n# Says the words that follow the first one of a subcommand.\n_mayfly_seconds() {\n  case $1 in\n");
        groups.forEach((first, names) -> text.append("    ")
                .append(first)
                .append(") seconds=(")
                .append(names.toString().strip())
                .append(") ;;\n"));
        text.append("  esac\n}\n\n# Says the options and operands of a command.\n_mayfly_specs() {\n  case $1 in\n");
        commands.forEach(command -> text.append(specs(command)));
        return text.append("  esac\n}\n").toString();
    }

    private static String specs(Command command) {
        StringBuilder text = new StringBuilder("    '" + command.name() + "') specs=(\n");
        for (Option option : command.options()) {
            for (String name : option.names()) {
                text.append("      ").append(spec(option, name)).append('\n');
            }
        }
        int index = 1;
        for (Command.Operand operand : command.operands()) {
            text.append("      ")
                    .append(quoted(index++ + ":" + operand.label() + ":_mayfly_"
                            + operand.value().word()))
                    .append('\n');
        }
        return text.append("    ) ;;\n").toString();
    }

    private static String spec(Option option, String name) {
        String others = option.repeatable() ? "*" : "(" + String.join(" ", option.names()) + ")";
        String text = "[" + escaped(option.description()) + "]";
        if (option.value().isEmpty()) {
            return quoted(others + name + text);
        }
        return quoted(others + name + (Option.isLong(name) ? "=" : "+") + text + ":" + escaped(option.label())
                + ":_mayfly_" + option.value().get().word());
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("[", "\\[")
                .replace("]", "\\]")
                .replace(":", "\\:");
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
