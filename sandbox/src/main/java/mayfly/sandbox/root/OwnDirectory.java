package mayfly.sandbox.root;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;

/**
 * Finds what an ordinary user's own service has to overlay separately. In a user namespace that knows one user and one
 * group, an overlay cannot copy a directory of anybody else, and so nothing beneath it could be changed: the user's
 * directories there need an overlay of their own, whose top is there from the start.
 */
public final class OwnDirectory {
    private OwnDirectory() {}

    /**
     * The topmost directory on the way to {@code directory} beneath the last foreign one; {@code directory} itself when
     * that is foreign and yet writable. Empty when the plan's overlays serve, or nothing could be changed anyway.
     *
     * @param plan of the template host, for this user
     */
    public static Optional<Bytes> on(Bytes directory, RootPlan plan, Caller user) {
        Path path;
        try {
            path = NativePath.of(directory).toRealPath();
        } catch (IOException e) {
            return Optional.empty(); // not there: whoever runs in it is told so
        }
        Set<Bytes> overlaid = plan.overlaid();
        Optional<Path> found = Optional.empty();
        Path beneath = path;
        for (Path at = path; !overlaid.contains(NativePath.bytes(at)); at = at.getParent()) {
            if (at.getParent() == null) {
                return Optional.empty(); // in no overlay: nothing there can be changed
            }
            if (found.isEmpty() && isForeign(at, user)) {
                found = Optional.of(beneath);
            }
            beneath = at;
        }
        return found.filter(Files::isWritable).map(NativePath::bytes);
    }

    private static boolean isForeign(Path directory, Caller user) {
        try {
            return id(directory, "unix:uid") != user.uid() || id(directory, "unix:gid") != user.gid();
        } catch (IOException e) {
            return true;
        }
    }

    private static long id(Path directory, String attribute) throws IOException {
        return Integer.toUnsignedLong((Integer) Files.getAttribute(directory, attribute, LinkOption.NOFOLLOW_LINKS));
    }
}
