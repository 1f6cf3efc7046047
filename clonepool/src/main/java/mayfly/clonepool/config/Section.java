package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import mayfly.sandbox.TimeSpan;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** One table of the file. Whatever is wrong in it becomes a problem and is then taken as left out. */
final class Section {
    private final Problems problems;
    private final TomlTable table;
    private final String name;

    /** @param name dotted, for problems; empty for the whole file */
    Section(Problems problems, TomlTable table, String name) {
        this.problems = problems;
        this.table = table;
        this.name = name;
    }

    /** The keys, in order of the alphabet. */
    Set<String> keys() {
        return new TreeSet<>(table.keySet());
    }

    /** The keys that are tables, in the file's order. */
    List<String> tables() {
        return table.keySet().stream()
                .filter(key -> value(key) instanceof TomlTable)
                .sorted(Comparator.<String>comparingInt(key -> position(key).line())
                        .thenComparingInt(key -> position(key).column()))
                .toList();
    }

    private TomlPosition position(String key) {
        return Objects.requireNonNull(table.inputPositionOf(List.of(key)));
    }

    /** Makes a problem of each key but these. */
    void allow(String... known) {
        allow(List.of(known));
    }

    void allow(List<String> known) {
        for (String key : keys()) {
            if (!known.contains(key)) {
                problem(key, "unknown key " + label(key) + Nearest.hint(key, known));
            }
        }
    }

    void problem(String key, String message) {
        problems.add(table.inputPositionOf(List.of(key)), message);
    }

    /** A table in this one; an empty one when it is left out. */
    Section section(String key) {
        Object value = value(key);
        if (value instanceof TomlTable inner) {
            return new Section(problems, inner, label(key));
        }
        if (value != null) {
            problem(key, label(key) + " must be a table: [" + label(key) + "]");
        }
        return new Section(problems, Toml.parse(""), label(key));
    }

    Optional<String> text(String key) {
        Object value = value(key);
        if (value instanceof String text) {
            if (!text.isEmpty() && text.indexOf('\0') < 0) {
                return Optional.of(text);
            }
            problem(key, label(key) + " must not be empty");
        } else if (value != null) {
            problem(key, label(key) + " must be a text in quotes");
        }
        return Optional.empty();
    }

    /** The key {@code template}, with the name of one that there is. */
    Optional<String> template(Set<String> known) {
        Optional<String> template = text("template");
        template.ifPresent(name -> checkTemplate("template", name, known));
        return template;
    }

    /** Makes a problem of a template that there is not. */
    void checkTemplate(String key, String template, Set<String> known) {
        if (!template.equals(Configuration.HOST) && !known.contains(template)) {
            problem(key, "there is no template " + template + Nearest.hint(template, known));
        }
    }

    /** Makes a problem of a key that is there for nothing. */
    void reject(String key, String why) {
        if (has(key)) {
            problem(key, label(key) + " " + why);
        }
    }

    int number(String key, int absent, int least, int most) {
        Object value = value(key);
        if (value == null) {
            return absent;
        }
        if (value instanceof Long number && number >= least && number <= most) {
            return number.intValue();
        }
        problem(key, label(key) + " must be a number from " + least + " to " + most);
        return absent;
    }

    /** A time as {@link TimeSpan} has it, in seconds. */
    long seconds(String key, long absent) {
        Optional<String> word = text(key);
        OptionalLong seconds = word.isPresent() ? TimeSpan.seconds(word.get()) : OptionalLong.of(absent);
        if (seconds.isEmpty()) {
            problem(key, label(key) + " must be " + TimeSpan.SYNTAX);
        }
        return seconds.orElse(absent);
    }

    /** One of the constants, written in lower case; {@code also} are words that mean what being left out means. */
    <E extends Enum<E>> Optional<E> choice(String key, Class<E> type, String... also) {
        Optional<String> word = text(key);
        if (word.isEmpty() || List.of(also).contains(word.get())) {
            return Optional.empty();
        }
        List<String> words = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String lower = constant.name().toLowerCase(Locale.ROOT);
            if (lower.equals(word.get())) {
                return Optional.of(constant);
            }
            words.add(lower);
        }
        words.addAll(List.of(also));
        problem(key, label(key) + " must be one of " + String.join(", ", words));
        return Optional.empty();
    }

    /** False when it is left out. */
    boolean flag(String key) {
        Object value = value(key);
        if (value != null && !(value instanceof Boolean)) {
            problem(key, label(key) + " must be true or false");
        }
        return Boolean.TRUE.equals(value);
    }

    List<String> texts(String key) {
        Object value = value(key);
        List<String> texts = new ArrayList<>();
        boolean good = value instanceof TomlArray array
                && array.toList().stream().allMatch(element -> element instanceof String text && texts.add(text));
        if (value != null && !good) {
            problem(key, label(key) + " must be a list of texts");
        }
        return texts;
    }

    /** A program's absolute path and its arguments; nothing when it is left out. */
    List<String> program(String key) {
        Object value = value(key);
        List<String> words = new ArrayList<>();
        boolean good = value instanceof TomlArray array
                && !array.isEmpty()
                && array.toList().stream()
                        .allMatch(
                                element -> element instanceof String text && text.indexOf('\0') < 0 && words.add(text))
                && words.get(0).startsWith("/");
        if (value != null && !good) {
            problem(key, label(key) + " must be a list of texts: a program, by its path from / on, and its arguments");
        }
        return good ? words : List.of();
    }

    boolean has(String key) {
        return value(key) != null;
    }

    String label(String key) {
        return name.isEmpty() ? key : name + "." + key;
    }

    private @Nullable Object value(String key) {
        return table.get(List.of(key));
    }
}
