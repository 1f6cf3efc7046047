package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bytes;

/**
 * The parameters of every jail, as words of mayfly-enter: as little as a jail can have. What a kernel permits unless it is
 * told otherwise is denied by name: mayfly-enter leaves out what a kernel does not know.
 */
final class JailParameters {
    /** All of FreeBSD 15's {@code allow.…}, less suser (without it mayfly-enter could not become the user), less nodes. */
    static final List<String> DENIED = List.of(
            "set_hostname",
            "sysvipc",
            "raw_sockets",
            "chflags",
            "quotas",
            "socket_af",
            "mlock",
            "read_msgbuf",
            "unprivileged_proc_debug",
            "unprivileged_parent_tampering",
            "nfsd",
            "extattr",
            "adjtime",
            "settime",
            "routing",
            "vmm",
            "mount",
            "mount.devfs",
            "mount.fdescfs",
            "mount.nullfs",
            "mount.procfs",
            "mount.linprocfs",
            "mount.linsysfs",
            "mount.tmpfs",
            "mount.zfs");

    private JailParameters() {}

    static List<Bytes> words(String hostname, JailNetwork network) {
        List<Bytes> words = new ArrayList<>();
        parameter(words, "host.hostname", hostname);
        for (List<String> pair : network.parameters()) {
            parameter(words, pair.get(0), pair.get(1));
        }
        for (String shared : List.of("sysvmsg", "sysvsem", "sysvshm")) {
            parameter(words, shared, "new");
        }
        parameter(words, "enforce_statfs", "2");
        parameter(words, "children.max", "0");
        parameter(words, "securelevel", "2");
        parameter(words, "devfs_ruleset", Integer.toString(DevfsRules.RULESET));
        for (String denied : DENIED) {
            add(words, "deny", denied);
        }
        return words;
    }

    private static void parameter(List<Bytes> words, String name, String value) {
        add(words, "parameter", name, value);
    }

    private static void add(List<Bytes> words, String... more) {
        for (String word : more) {
            words.add(Bytes.utf8(word));
        }
    }
}
