package mayfly.clonepool.config;

import java.util.List;

/** A configuration file that cannot be used, with all that is wrong with it. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    ConfigurationException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each as {@code FILE:LINE: message}, in the order of their lines. */
    public List<String> problems() {
        return problems;
    }
}
