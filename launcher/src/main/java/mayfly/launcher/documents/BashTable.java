package mayfly.launcher.documents;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import mayfly.sandbox.backend.Backend;

/** What bash's completion knows of the command line: functions that set variables. */
final class BashTable {
    private final List<Command> commands;

    BashTable(List<Command> commands) {
        this.commands = commands;
    }

    String text() {
        Set<String> single = new LinkedHashSet<>();
        Map<String, Set<String>> groups = new LinkedHashMap<>();
        Map<String, String> options = new LinkedHashMap<>();
        Map<String, String> operands = new LinkedHashMap<>();
        for (Command command : commands) {
            if (command.isInGroup()) {
                groups.computeIfAbsent(command.first(), first -> new LinkedHashSet<>())
                        .add(command.last());
            } else {
                single.add(command.name());
            }
            options.put(
                    "'" + command.name() + "'",
                    "options='"
                            + command.options().stream()
                                    .flatMap(option -> option.names().stream())
                                    .collect(Collectors.joining(" "))
                            + "'");
            operands.put(
                    "'" + command.name() + "'",
                    "operands=("
                            + command.operands().stream()
                                    .map(operand -> operand.value().word())
                                    .collect(Collectors.joining(" "))
                            + ")");
        }
        Map<String, String> seconds = new LinkedHashMap<>();
        groups.forEach((first, second) -> seconds.put(first, "seconds='" + String.join(" ", second) + "'"));
        return "_mayfly_single='" + String.join(" ", single) + " help version'\n"
                + "_mayfly_groups='" + String.join(" ", groups.keySet()) + "'\n"
                + "_mayfly_backends='" + String.join(" ", Backend.names()) + "'\n"
                + function("seconds", "the words that follow the first one of a subcommand", seconds)
                + function("options", "the options of a command", options)
                + function("operands", "the kinds of a command's operands", operands)
                + function("kind", "the kind of an option's value", kinds());
    }

    private Map<String, String> kinds() {
        Map<Value, Set<String>> names = new TreeMap<>();
        for (Command command : commands) {
            for (Option option : command.options()) {
                option.value().ifPresent(value -> names.computeIfAbsent(value, kind -> new TreeSet<>())
                        .addAll(option.names()));
            }
        }
        Map<String, String> kinds = new LinkedHashMap<>();
        Set<String> seen = new TreeSet<>();
        names.forEach((value, all) -> {
            if (!all.stream().allMatch(seen::add)) {
                throw new IllegalStateException("one option has values of two kinds: " + all);
            }
            kinds.put(String.join(" | ", all), "kind='" + value.word() + "'");
        });
        kinds.put("*", "kind=");
        return kinds;
    }

    private static String function(String name, String does, Map<String, String> cases) {
        StringBuilder text = new StringBuilder("\n# Says " + does + ".\n_mayfly_" + name + "() {\n    case $1 in\n");
        cases.forEach((pattern, action) -> text.append("        ")
                .append(pattern)
                .append(") ")
                .append(action)
                .append(" ;;\n"));
        return text.append("    esac\n}\n").toString();
    }
}
