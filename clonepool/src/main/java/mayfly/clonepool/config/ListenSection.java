package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads the tables {@code [listen.NAME]}. */
final class ListenSection {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");
    private static final Pattern ADDRESS =
            Pattern.compile("(\\*|[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+(%[^]]+)?])?:[0-9]{1,5}");
    private static final Pattern RATE = Pattern.compile("[1-9][0-9]{0,5}/[smh]");
    private static final Pattern MODE = Pattern.compile("0?[0-7]{1,3}");
    /** What mayfly-listen would take for its own, and what a root of one's own for each connection contradicts. */
    private static final Set<String> NOT_OF_A_RUN = Set.of(
            "--tcp",
            "--unix",
            "--fd",
            "--max",
            "--max-per-source",
            "--rate",
            "--time",
            "--mode",
            "--user",
            "--stderr",
            "--pass-listener",
            "--managed",
            "--session",
            "--idle");

    private static final int MOST_CONNECTIONS = 1_000;
    private static final int SECONDS_OF_A_YEAR = 31_536_000;
    private static final int LONGEST_PATH = 103;

    private final Section section;
    private final String name;

    private ListenSection(Section section, String name) {
        this.section = section;
        this.name = name;
    }

    /**
     * All of them, in order of their names.
     *
     * @param templates the names of the templates that the file has
     */
    static List<ListenConfiguration> all(Section tables, Set<String> templates) {
        List<ListenConfiguration> all = new ArrayList<>();
        Map<String, String> taken = new HashMap<>();
        for (String name : tables.keys()) {
            if (!NAME.matcher(name).matches()) {
                tables.problem(
                        name,
                        "a listener's name has the characters a-z 0-9 . _ - only and begins with a letter or digit: "
                                + name);
                continue;
            }
            ListenSection one = new ListenSection(tables.section(name), name);
            ListenConfiguration listener = one.read(tables, templates);
            one.overlaps("tcp", listener.sockets().tcp(), taken);
            one.overlaps("unix", listener.sockets().unix(), taken);
            all.add(listener);
        }
        return all;
    }

    private void overlaps(String key, List<String> sockets, Map<String, String> taken) {
        for (String socket : sockets) {
            Set<String> others = new TreeSet<>();
            for (String one : Addresses.of(socket)) {
                Optional.ofNullable(taken.putIfAbsent(one, name)).ifPresent(others::add);
            }
            others.forEach(other -> problem(key, " has " + socket + ", which is that of listener " + other));
        }
    }

    private ListenConfiguration read(Section tables, Set<String> templates) {
        section.allow(
                "tcp",
                "unix",
                "mode",
                "max",
                "max-per-source",
                "rate",
                "time",
                "user",
                "pass-listener",
                "template",
                "options",
                "command");
        ListenConfiguration.Sockets sockets = sockets(tables);
        Optional<String> template = section.template(templates);
        List<String> options = words("options");
        if (options.contains("--")) {
            problem("options", " must not have -- in it: the command has a key of its own");
        }
        for (String option : options) {
            String word = option.contains("=") ? option.substring(0, option.indexOf('=')) : option;
            if (NOT_OF_A_RUN.contains(word)) {
                problem("options", " must have options of a run for one connection, and " + word + " is none");
            }
        }
        List<String> command = words("command");
        if (!section.has("command")) {
            tables.problem(name, section.label("command") + " is missing: the command and its arguments, as a list");
        } else if (command.isEmpty()) {
            problem("command", " must be a list of texts: the command and its arguments");
        }
        boolean passes = section.flag("pass-listener");
        for (String key : List.of("max", "max-per-source", "rate")) {
            if (passes && section.has(key)) {
                problem(key, " has no meaning with pass-listener: the command itself accepts");
            }
        }
        return new ListenConfiguration(
                name, sockets, bounds(), section.text("user"), passes, template, options, command);
    }

    private ListenConfiguration.Sockets sockets(Section tables) {
        List<String> tcp = words("tcp");
        List<String> unix = words("unix");
        if (!section.has("tcp") && !section.has("unix")) {
            tables.problem(
                    name, section.label("tcp") + " or " + section.label("unix") + " is missing: where to listen");
        }
        for (String address : tcp) {
            if (!ADDRESS.matcher(address).matches()) {
                problem("tcp", " must have addresses, as 127.0.0.1:80, [::1]:80 or *:80: " + address);
            }
        }
        for (String path : unix) {
            if (!path.startsWith("/") || path.length() > LONGEST_PATH) {
                problem("unix", " must have paths that begin with / and are no longer than 103: " + path);
            }
        }
        Optional<String> mode = section.text("mode");
        if (mode.isPresent() && !MODE.matcher(mode.get()).matches()) {
            problem("mode", " must be a mode in octal, as \"0660\"");
        } else if (mode.isPresent() && unix.isEmpty()) {
            problem("mode", " has a meaning with unix only");
        }
        return new ListenConfiguration.Sockets(tcp, unix, mode);
    }

    private ListenConfiguration.Bounds bounds() {
        Optional<String> rate = section.text("rate");
        if (rate.isPresent() && !RATE.matcher(rate.get()).matches()) {
            problem("rate", " must be a rate, as 50/s, 100/m or 1000/h");
        }
        return new ListenConfiguration.Bounds(
                number("max", MOST_CONNECTIONS),
                number("max-per-source", MOST_CONNECTIONS),
                rate,
                number("time", SECONDS_OF_A_YEAR));
    }

    private OptionalInt number(String key, int most) {
        return section.has(key) ? OptionalInt.of(section.number(key, 1, 1, most)) : OptionalInt.empty();
    }

    /** Without NULs, which no argument can have. */
    private List<String> words(String key) {
        List<String> words = section.texts(key);
        if (words.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            problem(key, " must not have a NUL in it");
        }
        return words;
    }

    private void problem(String key, String what) {
        section.problem(key, section.label(key) + what);
    }
}
