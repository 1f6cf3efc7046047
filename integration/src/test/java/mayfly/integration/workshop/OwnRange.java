package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An account's range of 65536 ids in /etc/subuid and /etc/subgid. useradd(8) gives it one where those files are there;
 * else this does until it is closed. Only root can make one, and needs none.
 */
public final class OwnRange implements AutoCloseable {
    private static final Path SUBUID = Path.of("/etc/subuid");
    private static final Path SUBGID = Path.of("/etc/subgid");
    private static final int COUNT = 65_536;
    private static final int FIRST = 400_000_000;

    private final Account account;
    private final List<Path> made;
    private final boolean given;
    private final int base;

    public OwnRange(Account account) {
        this.account = account;
        made = Stream.of(SUBUID, SUBGID).filter(OwnRange::isMade).toList();
        Optional<Integer> own = account.uid() == 0 ? Optional.of(FIRST) : base(account);
        given = own.isEmpty();
        if (given) {
            base = Math.max(end(SUBUID), end(SUBGID));
            // usermod(8) changes nobody who has processes.
            edit("echo \"$1\" >>\"$2\"");
        } else {
            base = own.get();
        }
    }

    /** The first id, of users and of groups. */
    public int base() {
        return base;
    }

    private void edit(String script) {
        String line = account.name() + ":" + base + ":" + COUNT;
        for (Path file : List.of(SUBUID, SUBGID)) {
            Tool.output("sh", "-e", "-c", script, "sh", line, file.toString());
        }
    }

    private static boolean isMade(Path file) {
        try {
            if (!Files.exists(file)) {
                Files.createFile(file);
                return true;
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Integer> base(Account account) {
        Optional<Integer> uids = first(SUBUID, account);
        return uids.equals(first(SUBGID, account)) ? uids : Optional.empty();
    }

    private static Optional<Integer> first(Path file, Account account) {
        return Directories.read(file)
                .lines()
                .filter(line -> line.startsWith(account.name() + ":") && line.endsWith(":" + COUNT))
                .map(line -> Integer.parseInt(line.split(":", -1)[1]))
                .findFirst();
    }

    /** An id after all that are given to anybody. */
    private static int end(Path file) {
        return Directories.read(file)
                .lines()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length == 3)
                .mapToInt(fields -> Integer.parseInt(fields[1]) + Integer.parseInt(fields[2]))
                .reduce(FIRST, Math::max);
    }

    @Override
    public void close() {
        if (given) {
            edit("sed -i \"/^$1\\$/d\" \"$2\"");
        }
        for (Path file : made) {
            if (Directories.read(file).isEmpty()) {
                if (!file.toFile().delete()) {
                    throw new AssertionError(file + " cannot be removed");
                }
            }
        }
    }
}
