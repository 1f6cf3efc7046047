package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Tool;

/** A static program that is root's, setuid and setgid, and prints the effective uid and gid that it has. */
public final class RootsProgram {
    private RootsProgram() {}

    /** Made by root. */
    public static void make(Path program) {
        Path source = Directories.write(
                program.resolveSibling(program.getFileName() + ".c"),
                Directories.resource(RootsProgram.class, "effective.c"));
        Tool.output("cc", "-static", "-o", program.toString(), source.toString());
        Tool.output("rm", source.toString());
        Tool.output("chown", "0:0", program.toString());
        Tool.output("chmod", "6755", program.toString());
    }

    /** Fails unless who is not root becomes root by it where it is: else what it prints elsewhere says nothing. */
    public static void worksFor(Account account, Path program) {
        assertEquals(
                "0 0",
                Tool.output(
                        "setpriv",
                        "--reuid=" + account.uid(),
                        "--regid=" + account.gid(),
                        "--clear-groups",
                        program.toString()));
    }
}
