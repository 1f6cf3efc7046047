package mayfly.clonepool.store;

import java.io.IOException;
import java.time.Duration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Accounts;

/**
 * Removes a tree that a command has had its way with. rm works by descriptors, follows no symbolic link and stays
 * in the filesystem.
 */
final class Removal {
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int OUTPUT_BYTES = 4096;

    private Removal() {}

    static void remove(Bytes path) throws IOException {
        if (rm(path).succeeded()) {
            return;
        }
        // An ordinary user cannot empty his own directories while they lack the permission to write. Root never needs
        // it, and must not: chmod goes by paths, which a process that is just dying may have changed.
        if (Accounts.effectiveUid() != 0) {
            Program.at("/usr/bin/find")
                    .with(path)
                    .with("-xdev", "-type", "d", "!", "-perm", "-700", "-exec", "/usr/bin/chmod", "u+rwx", "{}", ";")
                    .run(LIMIT, OUTPUT_BYTES);
        }
        Program.Result result = rm(path);
        if (!result.succeeded()) {
            throw new IOException("cannot remove " + path + ": " + result.failure());
        }
    }

    private static Program.Result rm(Bytes path) throws IOException {
        return Program.at("/usr/bin/rm")
                .with("-rf", "--one-file-system", "--")
                .with(path)
                .run(LIMIT, OUTPUT_BYTES);
    }
}
