package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Btrfs;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Directory;
import mayfly.sandbox.posix.Directory.Entry;
import mayfly.sandbox.posix.Directory.Identity;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;

/**
 * Removes a tree that a command has had its way with, subvolumes of btrfs included. Each name is looked up in the open
 * directory that it was read from, so that no link and no renaming leads out of the tree; what is mounted in it stays, and
 * is an error. Neither its depth nor the size of its directories decides how much memory or how many descriptors it takes.
 */
final class Removal {
    /** Levels that keep their descriptor and the names that were read, while work goes on below them. */
    private static final int KEPT_LEVELS = 64;

    /** How often a directory is read anew that is not empty after all: somebody is dying in it. */
    private static final int PASSES = 16;

    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int OWNERS = 0700;
    private static final int SHOWN_BYTES = 200;

    /** One open directory on the way to where work goes on. */
    private static final class Level {
        private final Entry entry;
        private final Identity identity;
        private int fd;
        private Iterator<Entry> names = List.<Entry>of().iterator();
        private int passes;

        Level(Entry entry, int fd) throws PosixException {
            this.entry = entry;
            this.fd = fd;
            this.identity = Directory.identity(fd);
        }

        void letGo() {
            if (fd >= 0) {
                Descriptors.close(fd);
                fd = -1;
            }
            names = List.<Entry>of().iterator();
        }
    }

    private static final Set<Integer> UNDESTROYED = Set.of(Kernel.ENOTEMPTY, Kernel.EPERM, Kernel.EACCES, Kernel.EROFS);

    private final boolean root = Accounts.effectiveUid() == 0;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Deque<Level> levels = new ArrayDeque<>();

    private Removal() {}

    /** Removes the file, link or directory of this absolute path; the way to it is trusted. */
    static void remove(Bytes path) throws IOException {
        int slash = path.lastIndexOf('/');
        Bytes name = path.slice(slash + 1, path.length());
        Removal removal = new Removal();
        try {
            int parent = Descriptors.open(
                    slash == 0 ? Bytes.utf8("/") : path.slice(0, slash), Kernel.O_RDONLY | Kernel.O_DIRECTORY, 0);
            try {
                removal.removeIn(parent, new Entry(name, false, 0));
            } finally {
                Descriptors.close(parent);
            }
        } catch (PosixException e) {
            throw new IOException("cannot remove " + removal.shown(path) + ": " + e.reason(), e);
        } finally {
            removal.levels.forEach(Level::letGo);
        }
    }

    private void removeIn(int parent, Entry entry) throws IOException {
        if (isRemoved(parent, entry) || !enter(parent, entry)) {
            return;
        }
        while (!levels.isEmpty()) {
            Level level = levels.element();
            if (!hasNext(level)) {
                leave(parent);
                continue;
            }
            Entry next = level.names.next();
            if (!isRemoved(level.fd, next)) {
                enter(level.fd, next);
            }
        }
    }

    private boolean hasNext(Level level) throws PosixException {
        if (!level.names.hasNext()) {
            level.names = Directory.read(level.fd, buffer).iterator();
        }
        return level.names.hasNext();
    }

    /** Removes what is no directory, or an empty one. False: there is something in it. */
    private boolean isRemoved(int parent, Entry entry) throws PosixException {
        try {
            return unlink(parent, entry);
        } catch (PosixException e) {
            if (e.errno() != Kernel.EACCES && e.errno() != Kernel.EPERM) {
                throw e;
            }
            unlock(parent, entry);
            return unlink(parent, entry);
        }
    }

    private static boolean unlink(int parent, Entry entry) throws PosixException {
        try {
            if (!entry.isDirectory()) {
                try {
                    Directory.removeFile(parent, entry.name());
                    return true;
                } catch (PosixException e) {
                    if (e.errno() != Kernel.EISDIR) {
                        throw e;
                    }
                }
            }
            Directory.removeDirectory(parent, entry.name());
            return true;
        } catch (PosixException e) {
            if (e.errno() != Kernel.ENOENT && e.errno() != Kernel.ENOTEMPTY && e.errno() != Kernel.EEXIST) {
                throw e;
            }
            return e.errno() == Kernel.ENOENT;
        }
    }

    /**
     * Takes away what keeps this user from removing an entry of the tree: for an ordinary user the mode of the directory; for
     * root the attributes that a btrfs clone has from its template. Where the tree itself is, nothing is changed.
     */
    private void unlock(int parent, Entry entry) throws PosixException {
        boolean inside = !levels.isEmpty();
        if (!root) {
            if (inside) {
                FileModes.chmod(parent, OWNERS);
            }
            return;
        }
        if (inside) {
            Directory.makeMutable(parent);
        }
        Directory.makeMutable(parent, entry.name());
    }

    /** Goes on in a directory that is not empty; false when all of it could be removed at once. */
    private boolean enter(int parent, Entry entry) throws IOException {
        int fd = open(parent, entry.name());
        boolean entered = false;
        try {
            if (Btrfs.isSubvolume(fd)) {
                boolean gone = isDestroyed(parent, entry.name())
                        || (Btrfs.makeWritable(fd) && isDestroyed(parent, entry.name()));
                if (gone) {
                    return false;
                }
            }
            Level above = levels.peek();
            if (above != null && levels.size() > KEPT_LEVELS) {
                above.letGo();
            }
            levels.push(new Level(entry, fd));
            entered = true;
            return true;
        } finally {
            if (!entered) {
                Descriptors.close(fd);
            }
        }
    }

    private int open(int parent, Bytes name) throws PosixException {
        try {
            return Directory.open(parent, name);
        } catch (PosixException e) {
            if (root || e.errno() != Kernel.EACCES) {
                throw e;
            }
        }
        Directory.chmod(parent, name, OWNERS);
        return Directory.open(parent, name);
    }

    /** False: it has to be emptied first. */
    private static boolean isDestroyed(int parent, Bytes name) throws PosixException {
        try {
            Btrfs.destroy(parent, name);
            return true;
        } catch (PosixException e) {
            // There are subvolumes in it; this user may not; it, or what it is in, is read-only.
            if (UNDESTROYED.contains(e.errno())) {
                return false;
            }
            throw e;
        }
    }

    /** Removes the directory that has been emptied, and goes on above it. */
    private void leave(int top) throws IOException {
        Level done = levels.pop();
        boolean removed = false;
        try {
            Level above = levels.peek();
            if (above != null && above.fd < 0) {
                above.fd = reopen(done, above);
            }
            removed = isRemoved(above == null ? top : above.fd, done.entry);
            if (!removed) {
                again(done);
            }
        } finally {
            if (removed || levels.peek() != done) {
                done.letGo();
            }
        }
    }

    /** Reads a directory from its beginning that has something in it again. */
    private void again(Level level) throws PosixException {
        level.passes++;
        if (level.passes > PASSES) {
            throw PosixException.of(Kernel.ENOTEMPTY, "unlinkat");
        }
        int fd = Directory.openAgain(level.fd);
        level.letGo();
        level.fd = fd;
        levels.push(level);
    }

    private static int reopen(Level below, Level wanted) throws IOException {
        int fd = Directory.openParent(below.fd);
        if (Directory.identity(fd).equals(wanted.identity)) {
            return fd;
        }
        Descriptors.close(fd);
        throw new IOException("cannot remove " + below.entry.name() + ": somebody is moving it");
    }

    /** Where it was when it failed. */
    private String shown(Bytes path) {
        Bytes shown = path;
        for (Iterator<Level> down = levels.descendingIterator(); down.hasNext() && shown.length() < SHOWN_BYTES; ) {
            Level level = down.next();
            shown = level == levels.peekLast() ? shown : NativePath.join(shown, level.entry.name());
        }
        return shown + (shown.length() < SHOWN_BYTES ? "" : "/…");
    }
}
