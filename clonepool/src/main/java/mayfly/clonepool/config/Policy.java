package mayfly.clonepool.config;

import java.util.List;
import java.util.Optional;

/**
 * What users may do, of the table {@code [policy]}.
 *
 * @param permissions where a template's table says nothing else
 * @param rootDirs the directories in which they may run commands without a clone; empty: wherever they could
 * @param people what counts for some of them before it, in the file's order
 */
public record Policy(Permissions permissions, Optional<List<String>> rootDirs, List<PeoplePolicy> people) {
    public Policy {
        rootDirs = rootDirs.map(List::copyOf);
        people = List.copyOf(people);
    }

    /** Without a restriction. */
    public static Policy open() {
        return new Policy(Permissions.all(), Optional.empty(), List.of());
    }

    /** Where commands may be run without a clone, in words. */
    public static String directories(List<String> roots) {
        return roots.isEmpty() ? "no directories (-t)" : "directories (-t) in and below " + String.join(", ", roots);
    }
}
