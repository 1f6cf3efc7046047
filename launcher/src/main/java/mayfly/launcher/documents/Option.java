package mayfly.launcher.documents;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;

/**
 * An option.
 *
 * @param names short ones first
 * @param value of what kind its value is; empty: it has none
 */
record Option(List<String> names, Optional<Value> value, String label, boolean repeatable, String description) {
    static Option of(OptionSpec spec) {
        boolean hasValue = spec.arity().max() > 0;
        return new Option(
                List.of(spec.names()),
                hasValue ? Optional.of(Value.of(spec)) : Optional.empty(),
                hasValue ? spec.paramLabel() : "",
                spec.isMultiValue(),
                String.join(" ", spec.description()));
    }

    static boolean isLong(String name) {
        return name.startsWith("--");
    }
}
