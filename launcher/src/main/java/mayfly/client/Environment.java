package mayfly.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import mayfly.sandbox.Bytes;

/** The variables that a command gets. */
final class Environment {
    private static final Set<Bytes> PASSED = Stream.of(
                    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "LANG", "TZ")
            .map(Bytes::utf8)
            .collect(Collectors.toUnmodifiableSet());

    private static final Bytes LOCALE_PREFIX = Bytes.utf8("LC_");
    private static final Bytes EQUALS = Bytes.utf8("=");

    private Environment() {}

    /**
     * The strings {@code NAME=VALUE} for the command.
     *
     * @param own this process's variables
     * @param operations {@code NAME=VALUE} sets, {@code NAME} passes this process's on; later ones win
     */
    static List<Bytes> of(Map<Bytes, Bytes> own, List<Bytes> operations) {
        Map<Bytes, Bytes> variables = new LinkedHashMap<>();
        own.forEach((name, value) -> {
            if (PASSED.contains(name) || name.startsWith(LOCALE_PREFIX)) {
                variables.put(name, value);
            }
        });
        for (Bytes operation : operations) {
            int equals = operation.indexOf('=', 0);
            if (equals >= 0) {
                variables.put(operation.slice(0, equals), operation.slice(equals + 1, operation.length()));
            } else if (own.containsKey(operation)) {
                variables.put(operation, own.getOrDefault(operation, Bytes.empty()));
            }
        }
        List<Bytes> strings = new ArrayList<>(variables.size());
        variables.forEach((name, value) -> strings.add(name.plus(EQUALS).plus(value)));
        return strings;
    }
}
