package mayfly.clonepool.store;

import java.io.IOException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Btrfs;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Directory;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;

/**
 * Subvolumes of btrfs: copies share everything and take no time. An ordinary user may copy what he owns, and removes it as
 * {@link Removal} does.
 */
public final class Subvolumes implements Trees {
    private static final int MODE = 0755;

    @Override
    public void check(Bytes directory) throws IOException {
        int fd = open(directory);
        try {
            checkSubvolume(fd, directory);
        } finally {
            Descriptors.close(fd);
        }
    }

    @Override
    public void make(Bytes directory) throws IOException {
        int parent = openParent(directory);
        try {
            if (!Btrfs.isBtrfs(parent)) {
                throw new StoreException(parent(directory) + " is not on btrfs", StoreException.OTHER_STORE);
            }
            Btrfs.create(parent, name(directory));
            int made = Directory.open(parent, name(directory));
            try {
                FileModes.chmod(made, MODE);
            } finally {
                Descriptors.close(made);
            }
        } catch (PosixException e) {
            throw new IOException(e.reason() + " (" + directory + ")", e);
        } finally {
            Descriptors.close(parent);
        }
    }

    @Override
    public void copy(Bytes from, Bytes to) throws IOException {
        snapshot(from, to, false);
    }

    @Override
    public void freeze(Bytes from, Bytes to) throws IOException {
        snapshot(from, to, true);
    }

    private static void snapshot(Bytes from, Bytes to, boolean readonly) throws IOException {
        int subvolume = open(from);
        try {
            checkSubvolume(subvolume, from);
            int parent = openParent(to);
            try {
                Btrfs.snapshot(subvolume, parent, name(to), readonly);
            } finally {
                Descriptors.close(parent);
            }
        } catch (PosixException e) {
            throw switch (e.errno()) {
                case Kernel.EXDEV, Kernel.ENOTTY ->
                    new StoreException(
                            parent(to) + " is on another filesystem than " + from,
                            "let clones = \"…\" name a directory on the filesystem of the template, or leave it out");
                case Kernel.EPERM ->
                    new StoreException(
                            from + " belongs to another user",
                            "only root and its owner may make snapshots of a subvolume");
                default -> new IOException(e.reason() + " (" + to + ")", e);
            };
        } finally {
            Descriptors.close(subvolume);
        }
    }

    private static void checkSubvolume(int directory, Bytes path) throws IOException {
        if (!Btrfs.isBtrfs(directory)) {
            throw new StoreException(path + " is not on btrfs", StoreException.OTHER_STORE);
        }
        if (!Btrfs.isSubvolume(directory)) {
            throw new StoreException(
                    path + " is not a subvolume of btrfs",
                    "move it to OLD, let mayfly template create make it, then cp -a --reflink=auto OLD/. " + path);
        }
    }

    /** The way to a template is its administrator's, with the links that he made. */
    private static int open(Bytes directory) throws IOException {
        try {
            return Descriptors.open(directory, Kernel.O_RDONLY | Kernel.O_DIRECTORY, 0);
        } catch (PosixException e) {
            throw new IOException(e.reason() + " (" + directory + ")", e);
        }
    }

    private static int openParent(Bytes path) throws IOException {
        return open(parent(path));
    }

    private static Bytes parent(Bytes path) {
        int slash = path.lastIndexOf('/');
        return path.slice(0, Math.max(slash, 1));
    }

    private static Bytes name(Bytes path) {
        return path.slice(path.lastIndexOf('/') + 1, path.length());
    }
}
