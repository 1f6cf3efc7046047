package mayfly.launcher.documents;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import mayfly.sandbox.backend.Backend;

/** What fish's completion knows of the command line: its complete commands. */
final class FishTable {
    private static final String COMPLETE = "__mayfly_complete ";

    private final List<Command> commands;

    FishTable(List<Command> commands) {
        this.commands = commands;
    }

    String text() {
        Set<String> single = new LinkedHashSet<>();
        Set<String> groups = new LinkedHashSet<>();
        commands.forEach(command -> (command.isInGroup() ? groups : single).add(command.first()));
        StringBuilder text = new StringBuilder();
        text.append("set -g __mayfly_single ").append(String.join(" ", single)).append(" help version\n");
        text.append("set -g __mayfly_groups ").append(String.join(" ", groups)).append('\n');
        text.append("set -g __mayfly_backends ")
                .append(String.join(" ", Backend.names()))
                .append('\n');
        text.append("set -g __mayfly_with_value ").append(withValue()).append("\n\n");
        for (Command command : commands) {
            if (command.isInGroup()) {
                text.append("complete -c mayfly -f -n '__mayfly_at group ")
                        .append(command.first())
                        .append("' -a ")
                        .append(command.last())
                        .append(" -d ")
                        .append(quoted(command.summary()))
                        .append('\n');
            }
            command.options().forEach(option -> text.append(option(command, option)));
            for (int i = 0; i < command.operands().size(); i++) {
                text.append("complete -c mayfly -f -n '__mayfly_at ")
                        .append(command.name())
                        .append(' ')
                        .append(i)
                        .append("' -a '(__mayfly_")
                        .append(command.operands().get(i).value().word())
                        .append(")'\n");
            }
        }
        return text.toString();
    }

    private String withValue() {
        return commands.stream()
                .flatMap(command -> command.options().stream())
                .filter(option -> option.value().isPresent())
                .flatMap(option -> option.names().stream())
                .distinct()
                .collect(Collectors.joining(" "));
    }

    private static String option(Command command, Option option) {
        StringBuilder text = new StringBuilder();
        StringBuilder names = new StringBuilder();
        String condition = "-n '__mayfly_at " + command.name() + "' ";
        String description = " -d " + quoted(option.description());
        for (String name : option.names()) {
            if (name.contains("=")) {
                text.append(COMPLETE)
                        .append(condition)
                        .append("-a ")
                        .append(name)
                        .append(description)
                        .append('\n');
            } else if (Option.isLong(name)) {
                names.append("-l ").append(name.substring(2)).append(' ');
            } else {
                names.append("-s ").append(name.substring(1)).append(' ');
            }
        }
        if (!names.isEmpty()) {
            text.append(COMPLETE)
                    .append(condition)
                    .append(names.toString().strip())
                    .append(option.value()
                            .map(value -> " -x -a '(__mayfly_" + value.word() + ")'")
                            .orElse(""))
                    .append(description)
                    .append('\n');
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
