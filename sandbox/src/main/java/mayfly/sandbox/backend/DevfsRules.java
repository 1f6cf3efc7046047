package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import mayfly.sandbox.backend.HostStep.UnfitException;

/**
 * What a jail sees in /dev. A ruleset that is not loaded hides nothing, without a word: the mount succeeds with every node of
 * the host, its memory and disks too. So it is asked for before, and what there is to be seen is looked at after.
 */
final class DevfsRules {
    /** {@code devfsrules_jail} of /etc/defaults/devfs.rules. */
    static final int RULESET = 4;

    /** What the ruleset shows, once their modules are loaded, and a jail does not need: ways to talk to the kernel. */
    static final List<String> UNWANTED = List.of("zfs", "fuse", "crypto");

    private static final Set<String> HARMLESS = Set.of(
            "fd", "null", "ptmx", "pts", "random", "stderr", "stdin", "stdout", "urandom", "zero", "full", "log",
            "tty");
    private static final int SHOWN = 5;
    private static final String DEVFS = "/sbin/devfs";

    private DevfsRules() {}

    /** The steps that make a devfs on the directory, to be undone by those of the mount alone. */
    static List<HostStep> steps(String directory) {
        List<HostStep> steps = new ArrayList<>();
        steps.add(HostStep.look(
                "find the rules for /dev", List.of(DEVFS, "rule", "showsets"), DevfsRules::checkIsLoaded));
        steps.add(HostStep.of(
                "mount devfs on " + directory,
                List.of("/sbin/mount", "-t", "devfs", "-o", "ruleset=" + RULESET, "devfs", directory),
                List.of("/sbin/umount", "-f", directory)));
        for (String name : UNWANTED) {
            steps.add(HostStep.of(
                    "hide " + name + " in " + directory,
                    List.of(DEVFS, "-m", directory, "rule", "apply", "path", name, "hide"),
                    List.of()));
        }
        steps.add(HostStep.look(
                "trust the rules for " + directory, List.of("/bin/ls", "-A", directory), DevfsRules::checkIsHidden));
        return steps;
    }

    /** @param output of {@code devfs rule showsets}: a number in each line */
    static void checkIsLoaded(String output) throws UnfitException {
        boolean loaded = output.lines().map(String::strip).anyMatch(Integer.toString(RULESET)::equals);
        if (!loaded) {
            throw new UnfitException("ruleset " + RULESET
                    + " is not loaded (service devfs restart loads it): without it a" + " jail has all devices");
        }
    }

    /** @param output of ls(1), a name in each line */
    static void checkIsHidden(String output) throws UnfitException {
        Set<String> names = output.lines()
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        if (!names.contains("null")) {
            throw new UnfitException("there is no null in it");
        }
        names.removeAll(HARMLESS);
        if (!names.isEmpty()) {
            throw new UnfitException("it shows " + names.stream().limit(SHOWN).collect(Collectors.joining(", "))
                    + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : ""));
        }
    }
}
