package mayfly.sandbox.root;

import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/**
 * Where a root is built: below {@code mount}, a tmpfs in the sandbox's own mount namespace.
 *
 * @param mount the service's directory {@code mnt}
 * @param scratch the directory for the overlays' scratch: {@code mnt/s}, or one on a disk
 */
public record Places(Bytes mount, Bytes scratch) {
    /** Scratch in memory: on the tmpfs itself. */
    public static Places inMemory(Bytes mount) {
        return new Places(mount, NativePath.join(mount, "s"));
    }

    /** Where the finished root is. */
    public Bytes root() {
        return NativePath.join(mount, "r");
    }

    /** Where the part of the root is, if any, that its finished form lies over. */
    Bytes lower() {
        return NativePath.join(mount, "l");
    }

    /** Whether the scratch directory is on the tmpfs, and so has to be made each time. */
    public boolean scratchInMemory() {
        return NativePath.isUnder(scratch, mount);
    }

    /** The scratch directory of the overlay with the given number. */
    public Bytes scratch(int number) {
        return NativePath.join(scratch, Integer.toString(number));
    }

    /** Where a path of the host is in the root that is being built. */
    Bytes inRoot(Bytes path) {
        return path.length() == 1 ? root() : root().plus(path);
    }
}
