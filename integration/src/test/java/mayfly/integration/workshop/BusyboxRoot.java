package mayfly.integration.workshop;

import java.nio.file.Path;
import java.util.List;

/** A root that needs no other file than busybox. */
public final class BusyboxRoot {
    private static final List<String> PROGRAMS = List.of(
            "sh",
            "cat",
            "chown",
            "echo",
            "grep",
            "id",
            "kill",
            "ls",
            "mknod",
            "mount",
            "readlink",
            "sed",
            "sleep",
            "touch");

    private BusyboxRoot() {}

    public static void make(Path root) {
        Tool.output("mkdir", "-p", root + "/bin", root + "/tmp");
        Tool.output("cp", Tool.output("which", "busybox"), root + "/bin/busybox");
        PROGRAMS.forEach(program -> Tool.output("ln", "-sfn", "busybox", root + "/bin/" + program));
    }
}
