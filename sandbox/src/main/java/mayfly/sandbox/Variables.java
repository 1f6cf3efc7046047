package mayfly.sandbox;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Variables of the caller's environment that change what a run is, as he has them. */
public final class Variables {
    private final Map<String, Bytes> values;

    private Variables(Map<String, Bytes> values) {
        this.values = values;
    }

    /** @param entries {@code NAME=VALUE}; of a name that comes twice the last one counts */
    public static Variables of(List<Bytes> entries) {
        Map<String, Bytes> values = new HashMap<>();
        for (Bytes entry : entries) {
            int equals = entry.indexOf('=', 0);
            if (equals > 0) {
                values.put(entry.slice(0, equals).latin1(), entry.slice(equals + 1, entry.length()));
            }
        }
        return new Variables(values);
    }

    /** The value; empty when it is not set, or set to nothing. */
    public Optional<Bytes> value(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }

    /** Whether it is set to something other than {@code 0}. */
    public boolean isOn(String name) {
        return value(name)
                .filter(value -> value.length() > 1 || value.at(0) != '0')
                .isPresent();
    }
}
