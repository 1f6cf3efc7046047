package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlPosition;

/** Collects what is wrong with one file. */
final class Problems {
    private record Problem(int line, String message) {}

    private final String file;
    private final List<Problem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    /** @param position where; none: a value that the whole file lacks */
    void add(@Nullable TomlPosition position, String message) {
        found.add(new Problem(position == null ? 1 : position.line(), message));
    }

    void throwIfAny() throws ConfigurationException {
        if (!found.isEmpty()) {
            throw new ConfigurationException(found.stream()
                    .sorted(Comparator.comparingInt(Problem::line))
                    .map(problem -> file + ":" + problem.line() + ": " + problem.message())
                    .toList());
        }
    }
}
