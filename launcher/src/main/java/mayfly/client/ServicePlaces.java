package mayfly.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import java.util.Map;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.SystemPlaces;

/** The directories in which services listen (docs/architecture.md, "Directories and files"). */
public final class ServicePlaces {
    /** The system service's. */
    public static final Bytes SYSTEM = Bytes.utf8(SystemPlaces.RUNTIME);

    private static final Bytes SOCKET = Bytes.utf8("/mayfly.sock");

    private ServicePlaces() {}

    /**
     * Where a client of this user looks for a service, best first; a service that is missing is started in the last
     * place.
     *
     * @param environment variables by name
     */
    public static List<Bytes> forClient(long uid, Map<Bytes, Bytes> environment) {
        Bytes only = environment.getOrDefault(Bytes.utf8("MAYFLY_RUNTIME_DIR"), Bytes.empty());
        if (!only.isEmpty()) {
            return List.of(only);
        }
        return uid == 0 ? List.of(SYSTEM) : List.of(SYSTEM, ofUser(uid, environment));
    }

    /** The place of the user's own service. */
    public static Bytes ofUser(long uid, Map<Bytes, Bytes> environment) {
        Bytes session = environment.getOrDefault(Bytes.utf8("XDG_RUNTIME_DIR"), Bytes.empty());
        if (!session.isEmpty() && session.at(0) == '/' && isDirectoryOf(uid, session)) {
            return session.plus(Bytes.utf8("/mayfly"));
        }
        return inTmp(uid);
    }

    /** Where the user's own service is without a session: any other user can have made it. */
    static Bytes inTmp(long uid) {
        return Bytes.utf8("/tmp/mayfly-" + uid);
    }

    /** The socket in such a place. */
    public static Bytes socket(Bytes place) {
        return place.plus(SOCKET);
    }

    private static boolean isDirectoryOf(long uid, Bytes path) {
        try {
            Map<String, Object> facts =
                    Files.readAttributes(NativePath.of(path), "unix:isDirectory,uid", LinkOption.NOFOLLOW_LINKS);
            return Boolean.TRUE.equals(facts.get("isDirectory"))
                    && facts.get("uid") instanceof Integer owner
                    && Integer.toUnsignedLong(owner) == uid;
        } catch (IOException e) {
            return false; // not there, or not to be looked into: then it is not the session's
        }
    }
}
