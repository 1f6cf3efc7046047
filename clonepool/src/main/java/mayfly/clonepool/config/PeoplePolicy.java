package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What some users may do where that is not what all may: a table {@code [policy.NAME]}.
 *
 * @param who names of users, of groups with {@code %}
 * @param templates the templates for which it counts; empty: for all, and for directories of the users' choice
 * @param permissions what they may do of what they could
 * @param rootDirs the directories in which they may run commands without a clone; empty: that is not said here
 * @param grants what gives them more than their own rights
 */
public record PeoplePolicy(
        String name,
        List<String> who,
        List<String> templates,
        Permissions permissions,
        Optional<List<String>> rootDirs,
        Grants grants) {
    public PeoplePolicy {
        who = List.copyOf(who);
        templates = List.copyOf(templates);
        rootDirs = rootDirs.map(List::copyOf);
    }

    /**
     * Each of them is empty where the table does not say it.
     *
     * @param asRoot whether they may be root in clones, with other ids than their own
     * @param unfiltered whether they may have all system calls if they like
     * @param bridges the bridges for their sandboxes of the backend lxc
     * @param tun whether they may have {@code /dev/net/tun} there
     */
    public record Grants(
            Optional<Boolean> asRoot,
            Optional<Boolean> unfiltered,
            Optional<Set<String>> bridges,
            Optional<Boolean> tun) {
        public Grants {
            bridges = bridges.map(Set::copyOf);
        }
    }

    /** What it says, in words. */
    public List<String> words() {
        List<String> words = new ArrayList<>(permissions.words());
        permissions.shareNet().filter(may -> may).ifPresent(yes -> words.add("the host's network"));
        rootDirs.ifPresent(roots -> words.add(Policy.directories(roots)));
        say(words, grants.asRoot(), "root of their own ranges of ids");
        say(words, grants.unfiltered(), "without the filter of system calls if they like");
        grants.bridges()
                .ifPresent(names -> words.add(
                        names.isEmpty() ? "no bridges" : "bridges " + String.join(", ", new TreeSet<>(names))));
        say(words, grants.tun(), "/dev/net/tun");
        return words;
    }

    private static void say(List<String> words, Optional<Boolean> granted, String what) {
        granted.ifPresent(may -> words.add((may ? "" : "not ") + what));
    }
}
