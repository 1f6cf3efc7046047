package mayfly.clonepool.store;

import java.io.IOException;
import java.time.Duration;
import mayfly.sandbox.Bytes;

/**
 * Removes a tree that a command has had its way with. The programs work by descriptors, follow no symbolic link and
 * stay in the filesystem.
 */
final class Removal {
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int OUTPUT_BYTES = 4096;

    private Removal() {}

    static void remove(Bytes path) throws IOException {
        if (rm(path).succeeded()) {
            return;
        }
        // An ordinary user cannot empty his own directories while they lack the permission to write.
        Program.at("/usr/bin/find")
                .with(path)
                .with("-xdev", "-type", "d", "!", "-perm", "-700", "-exec", "/usr/bin/chmod", "u+rwx", "{}", ";")
                .run(LIMIT, OUTPUT_BYTES);
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
