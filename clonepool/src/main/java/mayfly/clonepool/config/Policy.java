package mayfly.clonepool.config;

import java.util.List;
import java.util.Optional;

/**
 * What users may do, of the table {@code [policy]}.
 *
 * @param permissions where a template's table says nothing else
 * @param rootDirs the directories in which they may run commands without a clone; empty: wherever they could
 */
public record Policy(Permissions permissions, Optional<List<String>> rootDirs) {
    public Policy {
        rootDirs = rootDirs.map(List::copyOf);
    }

    /** Without a restriction. */
    public static Policy open() {
        return new Policy(Permissions.all(), Optional.empty());
    }
}
