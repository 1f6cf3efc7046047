package mayfly.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.client.MayflyException;
import mayfly.client.ServicePlaces;
import mayfly.client.Variables;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.SystemPlaces;

/** Where a service works when nothing else is said (docs/architecture.md, "Directories and files"). */
final class DefaultPaths {
    private final long uid;
    private final Map<Bytes, Bytes> variables;

    DefaultPaths(long uid, Map<Bytes, Bytes> variables) {
        this.uid = uid;
        this.variables = Map.copyOf(variables);
    }

    static DefaultPaths ofThisProcess() throws MayflyException {
        return new DefaultPaths(Accounts.effectiveUid(), Variables.ofThisProcess());
    }

    Path runtime() {
        List<Bytes> places = ServicePlaces.forClient(uid, variables);
        return NativePath.of(places.get(places.size() - 1));
    }

    Path data() {
        return uid == 0 ? Path.of(SystemPlaces.DATA) : own("XDG_DATA_HOME", ".local/share");
    }

    /** The configuration file, be it there or not. */
    Path configuration() {
        return uid == 0
                ? Path.of("/etc/mayfly/mayfly.toml")
                : own("XDG_CONFIG_HOME", ".config").resolve("mayfly.toml");
    }

    /** The configuration file, if there is one. */
    Optional<Path> presentConfiguration() {
        return Optional.of(configuration()).filter(Files::exists);
    }

    private Path own(String variable, String inHome) {
        Bytes base = variables.getOrDefault(Bytes.utf8(variable), Bytes.empty());
        // The specification of these variables has relative paths ignored.
        Path directory = base.startsWith(Bytes.utf8("/"))
                ? NativePath.of(base)
                : NativePath.of(home()).resolve(inHome);
        return directory.resolve("mayfly");
    }

    private Bytes home() {
        Bytes home = variables.getOrDefault(Bytes.utf8("HOME"), Bytes.empty());
        if (home.startsWith(Bytes.utf8("/"))) {
            return home;
        }
        try {
            return Accounts.user(uid).map(Accounts.User::home).orElse(Bytes.utf8("/"));
        } catch (PosixException e) {
            throw new IllegalStateException("the user database cannot be read", e);
        }
    }
}
