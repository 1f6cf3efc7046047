package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.FileModes;

/**
 * The way to a directory in which this service works with all its rights: nobody else may be able to rename or replace any
 * component of it.
 */
public final class TrustedWay {
    private static final int MOST_LINKS = 40;
    private static final int STICKY = 01000;
    private static final int GROUP_WRITES = 020;
    private static final int OTHERS_WRITE = 02;
    private static final int OTHERS_ALL = 077;
    private static final int PRIVATE = 0700;

    private TrustedWay() {}

    /** Looks at each component that exists, links and where they lead included. */
    public static void check(Path path) throws IOException {
        check(path, true);
    }

    /** The same of all but what the path names: that may be another user's, as long as he cannot put something else in its place. */
    static void checkName(Path path) throws IOException {
        check(path, false);
    }

    private static void check(Path path, boolean itself) throws IOException {
        Path at = path.toAbsolutePath().getRoot();
        checkComponent(at);
        Deque<Path> rest = new ArrayDeque<>();
        path.toAbsolutePath().forEach(rest::add);
        for (int links = 0; !rest.isEmpty(); ) {
            String name = rest.remove().toString();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            Path next = name.equals("..") ? Optional.ofNullable(at.getParent()).orElse(at) : at.resolve(name);
            Map<String, Object> attributes = attributes(at);
            if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
                checkMode(at, attributes);
                if (!itself && isWrittenByOthers(attributes)) {
                    throw new StoreException(
                            next + " is not there, and other users can make it",
                            "let path = \"…\" name a place that only root" + orOwner() + " can change");
                }
                return;
            }
            boolean isName = rest.isEmpty() && !itself;
            if (!isName || isWrittenByOthers(attributes)) {
                checkComponent(next);
            }
            checkMode(at, attributes);
            if (!Files.isSymbolicLink(next)) {
                if (isName) {
                    return;
                }
                at = next;
                continue;
            }
            if (++links > MOST_LINKS) {
                throw new IOException("too many links (" + path + ")");
            }
            Path target = Files.readSymbolicLink(next);
            Deque<Path> following = new ArrayDeque<>();
            target.forEach(following::add);
            following.addAll(rest);
            rest = following;
            at = target.isAbsolute() ? target.getRoot() : at;
        }
        checkMode(at, attributes(at));
    }

    /** Makes a directory that is there, and this user's, private. */
    static void makePrivate(Path directory) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(directory, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        if (uid(attributes) != Accounts.effectiveUid() || Files.isSymbolicLink(directory)) {
            throw new StoreException(
                    directory + " is not a directory of the service's own user", "chown it, or name another place");
        }
        if ((mode(attributes) & OTHERS_ALL) != 0) {
            FileModes.chmod(NativePath.bytes(directory.toAbsolutePath()), PRIVATE);
        }
    }

    /** Who owns the top can do everything anyway. */
    private static void checkComponent(Path component) throws IOException {
        long owner = uid(Files.readAttributes(component, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        if (owner != 0
                && owner != Accounts.effectiveUid()
                && owner != uid(Files.readAttributes(Path.of("/"), "unix:uid"))) {
            throw new StoreException(
                    component + " belongs to another user, who could replace what is in it",
                    "let path = \"…\" or clones = \"…\" name a place that only root" + orOwner() + " can change");
        }
    }

    /** What is in a sticky directory only its owner can rename, whom {@link #checkComponent} has looked at. */
    private static void checkMode(Path directory, Map<String, Object> attributes) throws IOException {
        if (isWrittenByOthers(attributes) && (mode(attributes) & STICKY) == 0) {
            throw new StoreException(
                    directory + " can be changed by other users",
                    "chmod go-w " + directory + ", or let path = \"…\" or clones = \"…\" name another place");
        }
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isWrittenByOthers(Map<String, Object> attributes) throws IOException {
        int mode = mode(attributes);
        return (mode & OTHERS_WRITE) != 0 || ((mode & GROUP_WRITES) != 0 && !isOwnGroup(attributes));
    }

    /** Many systems give each user a group of his own, and a umask of 002. Root's group may have others, and stand for an ACL. */
    private static boolean isOwnGroup(Map<String, Object> attributes) throws IOException {
        if (Accounts.effectiveUid() == 0) {
            return false;
        }
        long gid = Integer.toUnsignedLong(number(attributes, "gid"));
        Optional<Accounts.User> user = Accounts.user(Accounts.effectiveUid());
        Optional<Bytes> group = Accounts.groupName(gid);
        return user.isPresent()
                && user.get().gid() == gid
                && group.equals(Optional.of(user.get().name()));
    }

    private static String orOwner() {
        return Accounts.effectiveUid() == 0 ? "" : " or you";
    }

    private static long uid(Map<String, Object> attributes) {
        return Integer.toUnsignedLong(number(attributes, "uid"));
    }

    private static int mode(Map<String, Object> attributes) {
        return number(attributes, "mode");
    }

    private static int number(Map<String, Object> attributes, String name) {
        return (Integer) Objects.requireNonNull(attributes.get(name));
    }
}
