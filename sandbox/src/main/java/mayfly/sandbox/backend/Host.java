package mayfly.sandbox.backend;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.PosixException;

/** What backends look up on the host: their programs and what is there to be masked or shared. */
public class Host {
    private static final List<Path> PROGRAMS = List.of(Path.of("/usr/bin"), Path.of("/usr/local/bin"), Path.of("/bin"));
    private static final Path RESOLVER = Path.of("/etc/resolv.conf");
    private static final Bytes RUN = Bytes.utf8("/run");

    /** A program in one of the directories that only the administrator changes; PATH is never searched. */
    public Optional<Path> program(String name) {
        return PROGRAMS.stream()
                .map(directory -> directory.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    boolean isFreeBsd() {
        return System.getProperty("os.name", "").equals("FreeBSD");
    }

    /** What the user is called; empty: the machine's database does not know him. */
    Optional<Bytes> userName(long uid) throws PosixException {
        return Accounts.user(uid).map(Accounts.User::name);
    }

    /** Whether the directory exists. */
    boolean hasDirectory(String path) {
        return Files.isDirectory(Path.of(path));
    }

    /** The names in a directory, sorted; none where there is no such directory or it cannot be read. */
    List<String> entries(String directory) {
        String[] names = new File(directory).list();
        return names == null ? List.of() : Stream.of(names).sorted().toList();
    }

    /** Whether it is a bridge of the host's, whose name is a valid one. */
    boolean hasBridge(String name) {
        return Files.isDirectory(Path.of("/sys/class/net", name, "bridge"));
    }

    /** Whether the file is there, of whatever kind. */
    boolean has(String path) {
        return Files.exists(Path.of(path));
    }

    /** The file that the name resolver's configuration really is, when it lies in /run, which sandboxes do not see. */
    Optional<Bytes> resolverInRun() {
        try {
            Bytes real = NativePath.bytes(RESOLVER.toRealPath());
            return NativePath.isUnder(real, RUN) ? Optional.of(real) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // a host without name service has nothing to share
        }
    }
}
