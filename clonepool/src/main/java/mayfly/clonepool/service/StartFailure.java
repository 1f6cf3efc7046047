package mayfly.clonepool.service;

import java.util.regex.Pattern;
import mayfly.sandbox.RefusedException;

/** What a sandbox's set-up wrote before it failed, in the form of a message, with what can be done. */
final class StartFailure {
    private static final int LENGTH = 500;
    private static final String PREFIX = "bwrap: ";

    /** LXC's, with the place in its source: {@code lxc-start: NAME: ../src/lxc/conf.c: mount_entry: 2446 reason}. */
    private static final Pattern PLACE = Pattern.compile("^lxc-start: [^ ]+: [^ ]+: [^ ]+: [0-9]+ ");

    /** In its log: {@code lxc-start NAME 20261125023207.865 ERROR conf - ../src/lxc/conf.c:mount_entry:2446 - reason}. */
    private static final Pattern LOGGED = Pattern.compile("^lxc-start [^ ]+ [0-9.]+ ERROR +[^ ]+ - [^ ]+ - ");

    private static final Pattern NOT_AN_ERROR = Pattern.compile("^lxc-start [^ ]+ [0-9.]+ (?!ERROR).*");
    private static final String NAMESPACES =
            "user namespaces are needed: sysctl kernel.unprivileged_userns_clone=1 (Debian),"
                    + " kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces above 0";

    private StartFailure() {}

    static RefusedException of(String report) {
        String line = report.lines()
                .map(String::strip)
                .filter(text -> !text.isEmpty() && !NOT_AN_ERROR.matcher(text).matches())
                .findFirst()
                .orElse("");
        if (line.isEmpty()) {
            return new RefusedException("cannot start a sandbox: it ended without saying why");
        }
        String text = line.startsWith(PREFIX)
                ? line.substring(PREFIX.length())
                : LOGGED.matcher(PLACE.matcher(line).replaceFirst("")).replaceFirst("");
        String message = line.startsWith("cannot ") ? line : "cannot start a sandbox: " + text;
        return new RefusedException(
                message.length() <= LENGTH ? message : message.substring(0, LENGTH - 1) + "…", remedy(line));
    }

    private static String remedy(String line) {
        if (line.contains("idmapped mounts")) {
            return "give the template another store or filesystem, or leave out the option for ids";
        }
        boolean namespace = line.contains("user namespace")
                || line.contains("new namespace")
                || line.contains("setting up uid map");
        if (namespace) {
            return NAMESPACES;
        }
        return line.contains("No space left on device")
                ? "free memory or disk space, or give the template another size in mayfly.toml"
                : "";
    }
}
