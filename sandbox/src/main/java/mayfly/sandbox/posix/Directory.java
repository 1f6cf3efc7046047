package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.cString;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.interrupted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import mayfly.sandbox.Bytes;

/**
 * What can be done with open directories and the entries in them. Names of entries are single components; a symbolic link
 * is never followed.
 */
public final class Directory {
    private static final int OPEN = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW;
    private static final int ANY = Linux.O_PATH | Linux.O_NOFOLLOW;
    private static final int RESOLVE =
            Linux.RESOLVE_NO_XDEV | Linux.RESOLVE_NO_MAGICLINKS | Linux.RESOLVE_NO_SYMLINKS | Linux.RESOLVE_BENEATH;
    private static final Bytes ITSELF = Bytes.utf8(".");
    private static final Bytes PARENT = Bytes.utf8("..");

    // struct statx
    private static final int STATX_BYTES = 256;
    private static final int STATX_BASIC = 0x7ff;
    private static final int STATX_UID = 20;
    private static final int STATX_MODE = 28;
    private static final int STATX_INO = 32;
    private static final int STATX_SIZE = 40;
    private static final int STATX_DEV_MAJOR = 136;
    private static final int STATX_DEV_MINOR = 140;

    // struct linux_dirent64
    private static final int DIRENT_LENGTH = 16;
    private static final int DIRENT_TYPE = 18;
    private static final int DIRENT_NAME = 19;

    private Directory() {}

    /**
     * An entry of a directory.
     *
     * @param isDirectory false when it is none, and where the filesystem does not tell
     * @param inode its number, of what is beneath when something is mounted on it
     */
    public record Entry(Bytes name, boolean isDirectory, long inode) {}

    /** Tells a file from all others, as long as it is there. */
    public record Identity(long device, long inode) {}

    /** Opens a directory for reading. */
    public static int open(Bytes path) throws PosixException {
        return Descriptors.open(path, OPEN, 0);
    }

    /**
     * Opens a directory in another one for reading. EXDEV: something is mounted on it.
     *
     * @throws PosixException also with ELOOP or ENOTDIR when it is a symbolic link or no directory
     */
    public static int open(int directory, Bytes name) throws PosixException {
        return openBeneath(directory, name, OPEN);
    }

    /** The same for an entry of any kind that one has no permission to read; good for its identity and mode only. */
    public static int openPath(int directory, Bytes name) throws PosixException {
        return openBeneath(directory, name, ANY);
    }

    private static int openBeneath(int directory, Bytes name, int flags) throws PosixException {
        byte[] cName = cString(name);
        long[] how = {flags | Linux.O_CLOEXEC, 0, RESOLVE};
        long fd;
        do {
            fd = LIBC.syscall(Linux.SYS_OPENAT2, directory, cName, how, (long) how.length * Long.BYTES);
        } while (interrupted(fd) || (fd < 0 && errno() == Linux.EAGAIN)); // EAGAIN: something was renamed meanwhile
        return check((int) fd, "openat2");
    }

    /** Opens a file in a directory, close-on-exec; {@code flags} is a sum of {@code Linux.O_…}. ELOOP: a symbolic link. */
    public static int openFile(int directory, Bytes name, int flags, int mode) throws PosixException {
        byte[] cName = cString(name);
        int fd;
        do {
            fd = LIBC.openat(directory, cName, flags | Linux.O_CLOEXEC | Linux.O_NOFOLLOW, mode);
        } while (interrupted(fd));
        return check(fd, "openat");
    }

    /** Opens the same directory again, at its beginning. */
    public static int openAgain(int directory) throws PosixException {
        return check(LIBC.openat(directory, cString(ITSELF), OPEN | Linux.O_CLOEXEC, 0), "openat");
    }

    /** Opens the directory that this one is in, now. */
    public static int openParent(int directory) throws PosixException {
        return check(LIBC.openat(directory, cString(PARENT), OPEN | Linux.O_CLOEXEC, 0), "openat");
    }

    public static Identity identity(int fd) throws PosixException {
        ByteBuffer status = status(fd);
        long device = Integer.toUnsignedLong(status.getInt(STATX_DEV_MAJOR)) << 32
                | Integer.toUnsignedLong(status.getInt(STATX_DEV_MINOR));
        return new Identity(device, status.getLong(STATX_INO));
    }

    /**
     * What an open file is.
     *
     * @param isRegular whether it is no directory, pipe, device or the like
     * @param uid its owner
     */
    public record Kind(boolean isRegular, long uid, long size) {}

    public static Kind kind(int fd) throws PosixException {
        ByteBuffer status = status(fd);
        int mode = Short.toUnsignedInt(status.getShort(STATX_MODE));
        return new Kind(
                (mode & Linux.S_IFMT) == Linux.S_IFREG,
                Integer.toUnsignedLong(status.getInt(STATX_UID)),
                status.getLong(STATX_SIZE));
    }

    private static ByteBuffer status(int fd) throws PosixException {
        byte[] bytes = new byte[STATX_BYTES];
        int flags = Linux.AT_EMPTY_PATH | Linux.AT_SYMLINK_NOFOLLOW;
        check(LIBC.statx(fd, cString(Bytes.empty()), flags, STATX_BASIC, bytes), "statx");
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    /**
     * The next entries; none at the end. In order of their inodes: disks have them in this order too, and what is done to
     * each takes less time so.
     *
     * @param buffer a direct one in which they are put; 32 KiB are some hundred entries
     */
    public static List<Entry> read(int directory, ByteBuffer buffer) throws PosixException {
        buffer.clear().order(ByteOrder.nativeOrder());
        int size = check((int) LIBC.getdents64(directory, buffer, buffer.capacity()), "getdents64");
        List<Entry> entries = new ArrayList<>();
        for (int at = 0; at < size; at += Short.toUnsignedInt(buffer.getShort(at + DIRENT_LENGTH))) {
            int end = at + DIRENT_NAME;
            while (buffer.get(end) != 0) {
                end++;
            }
            buffer.position(at + DIRENT_NAME);
            Bytes name = Bytes.take(buffer, end - at - DIRENT_NAME);
            if (!name.equals(ITSELF) && !name.equals(PARENT)) {
                entries.add(new Entry(name, buffer.get(at + DIRENT_TYPE) == Linux.DT_DIR, buffer.getLong(at)));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::inode));
        return entries;
    }

    /** Removes an entry that is no directory; EISDIR when it is one. */
    public static void removeFile(int directory, Bytes name) throws PosixException {
        check(LIBC.unlinkat(directory, cString(name), 0), "unlinkat");
    }

    /** Removes an empty directory; ENOTEMPTY when it is not. */
    public static void removeDirectory(int directory, Bytes name) throws PosixException {
        check(LIBC.unlinkat(directory, cString(name), Linux.AT_REMOVEDIR), "unlinkat");
    }

    /**
     * Gives two existing files each other's names, in one step.
     *
     * @throws PosixException with EINVAL when the filesystem cannot do so
     */
    public static void exchange(Bytes one, Bytes other) throws PosixException {
        check(
                LIBC.renameat2(Linux.AT_FDCWD, cString(one), Linux.AT_FDCWD, cString(other), Linux.RENAME_EXCHANGE),
                "renameat2");
    }

    /** Gives an entry another name in the same directory, in place of what has that name. */
    public static void rename(int directory, Bytes from, Bytes to) throws PosixException {
        check(LIBC.renameat2(directory, cString(from), directory, cString(to), 0), "renameat2");
    }

    /** Allows again what ioctl_iflags(2) forbade for an open directory: that it is changed or removed. For root. */
    public static void makeMutable(int directory) throws PosixException {
        byte[] flags = new byte[Long.BYTES];
        if (LIBC.ioctl(directory, Linux.FS_IOC_GETFLAGS, flags) < 0) {
            return; // none in this filesystem
        }
        ByteBuffer word = ByteBuffer.wrap(flags).order(ByteOrder.nativeOrder());
        if ((word.getInt(0) & Linux.FS_APPEND_OR_IMMUTABLE) != 0) {
            word.putInt(0, word.getInt(0) & ~Linux.FS_APPEND_OR_IMMUTABLE);
            check(LIBC.ioctl(directory, Linux.FS_IOC_SETFLAGS, flags), "ioctl(FS_IOC_SETFLAGS)");
        }
    }

    /** The same for an entry; files of other kinds than regular ones and directories have no such attributes. */
    public static void makeMutable(int directory, Bytes name) throws PosixException {
        int path = openPath(directory, name);
        try {
            int kind = Short.toUnsignedInt(status(path).getShort(STATX_MODE)) & Linux.S_IFMT;
            if (kind != Linux.S_IFREG && kind != Linux.S_IFDIR) {
                return;
            }
            int fd = Descriptors.open(Bytes.utf8("/proc/self/fd/" + path), Linux.O_RDONLY | Linux.O_NONBLOCK, 0);
            try {
                makeMutable(fd);
            } finally {
                Descriptors.close(fd);
            }
        } finally {
            Descriptors.close(path);
        }
    }

    /** Has an empty file share the blocks of another one; false when the filesystem cannot do that. */
    public static boolean shareBlocks(int from, int to) {
        return LIBC.ioctl(to, Linux.FICLONE, from) == 0;
    }
}
