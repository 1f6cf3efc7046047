package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.cString;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import mayfly.sandbox.Bytes;

/**
 * What can be done with open directories and the entries in them. Names of entries are single components; a symbolic link
 * is never followed.
 */
public final class Directory {
    private static final int OPEN = Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW;
    private static final int ANY = Kernel.O_PATH | Kernel.O_NOFOLLOW;
    private static final int RESOLVE =
            Linux.RESOLVE_NO_XDEV | Linux.RESOLVE_NO_MAGICLINKS | Linux.RESOLVE_NO_SYMLINKS | Linux.RESOLVE_BENEATH;
    private static final Bytes ITSELF = Bytes.utf8(".");
    private static final Bytes PARENT = Bytes.utf8("..");

    private static final int STATX_BASIC = 0x7ff;
    private static final FileStatus STATUS = FileStatus.ofThisSystem();

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
     * @throws PosixException also with ELOOP (FreeBSD: EMLINK) or ENOTDIR when it is a symbolic link or no directory
     */
    public static int open(int directory, Bytes name) throws PosixException {
        return openBeneath(directory, name, OPEN);
    }

    /** The same for an entry of any kind that one has no permission to read; good for its identity and mode only. */
    public static int openPath(int directory, Bytes name) throws PosixException {
        return openBeneath(directory, name, ANY);
    }

    private static int openBeneath(int directory, Bytes name, int flags) throws PosixException {
        return Kernel.IS_FREEBSD ? openOnSameDevice(directory, name, flags) : openByOpenat2(directory, name, flags);
    }

    /** As openat2(2) with RESOLVE_NO_XDEV does: nobody can take away what is mounted meanwhile, for it is open. */
    private static int openOnSameDevice(int directory, Bytes name, int flags) throws PosixException {
        byte[] cName = cString(name);
        int fd;
        do {
            fd = LIBC.openat(directory, cName, flags | Kernel.O_CLOEXEC | FreeBsd.O_RESOLVE_BENEATH, 0);
        } while (interrupted(fd));
        check(fd, "openat");
        boolean same = false;
        try {
            same = identity(fd).device() == identity(directory).device();
        } finally {
            if (!same) {
                Descriptors.close(fd);
            }
        }
        if (!same) {
            throw failure(Kernel.EXDEV, "openat");
        }
        return fd;
    }

    private static int openByOpenat2(int directory, Bytes name, int flags) throws PosixException {
        byte[] cName = cString(name);
        long[] how = {flags | Kernel.O_CLOEXEC, 0, RESOLVE};
        long fd;
        do {
            fd = LIBC.syscall(Linux.SYS_OPENAT2, directory, cName, how, (long) how.length * Long.BYTES);
        } while (interrupted(fd) || (fd < 0 && errno() == Kernel.EAGAIN)); // EAGAIN: something was renamed meanwhile
        return check((int) fd, "openat2");
    }

    /** Opens a file in a directory, close-on-exec; {@code flags} is a sum of {@code Kernel.O_…}. ELOOP: a symbolic link. */
    public static int openFile(int directory, Bytes name, int flags, int mode) throws PosixException {
        byte[] cName = cString(name);
        int fd;
        do {
            fd = LIBC.openat(directory, cName, flags | Kernel.O_CLOEXEC | Kernel.O_NOFOLLOW, mode);
        } while (interrupted(fd));
        return check(fd, "openat");
    }

    /** Opens the same directory again, at its beginning. */
    public static int openAgain(int directory) throws PosixException {
        return check(LIBC.openat(directory, cString(ITSELF), OPEN | Kernel.O_CLOEXEC, 0), "openat");
    }

    /** Opens the directory that this one is in, now. */
    public static int openParent(int directory) throws PosixException {
        return check(LIBC.openat(directory, cString(PARENT), OPEN | Kernel.O_CLOEXEC, 0), "openat");
    }

    public static Identity identity(int fd) throws PosixException {
        return STATUS.identity(status(fd));
    }

    /**
     * What an open file is.
     *
     * @param isRegular whether it is no directory, pipe, device or the like
     * @param uid its owner
     */
    public record Kind(boolean isRegular, long uid, long size) {}

    public static Kind kind(int fd) throws PosixException {
        return STATUS.kind(status(fd));
    }

    private static byte[] status(int fd) throws PosixException {
        byte[] status = new byte[STATUS.bytes()];
        if (Kernel.IS_FREEBSD) {
            check(LIBC.fstat(fd, status), "fstat");
        } else {
            int flags = Linux.AT_EMPTY_PATH | Kernel.AT_SYMLINK_NOFOLLOW;
            check(LIBC.statx(fd, cString(Bytes.empty()), flags, STATX_BASIC, status), "statx");
        }
        return status;
    }

    /**
     * The next entries; none at the end. In order of their inodes: disks have them in this order too, and what is done to
     * each takes less time so.
     *
     * @param buffer a direct one in which they are put; 32 KiB are some hundred entries
     */
    public static List<Entry> read(int directory, ByteBuffer buffer) throws PosixException {
        buffer.clear().order(ByteOrder.nativeOrder());
        long size = Kernel.IS_FREEBSD
                ? LIBC.getdirentries(directory, buffer, buffer.capacity(), 0)
                : LIBC.getdents64(directory, buffer, buffer.capacity());
        return DirectoryEntries.ofThisSystem()
                .read(buffer, check((int) size, Kernel.IS_FREEBSD ? "getdirentries" : "getdents64"));
    }

    /** Removes an entry that is no directory; EISDIR when it is one. */
    public static void removeFile(int directory, Bytes name) throws PosixException {
        check(LIBC.unlinkat(directory, cString(name), 0), "unlinkat");
    }

    /** Removes an empty directory; ENOTEMPTY when it is not. */
    public static void removeDirectory(int directory, Bytes name) throws PosixException {
        check(LIBC.unlinkat(directory, cString(name), Kernel.AT_REMOVEDIR), "unlinkat");
    }

    /**
     * Gives two existing files each other's names, in one step.
     *
     * @throws PosixException with EINVAL when the filesystem cannot do so, and on FreeBSD
     */
    public static void exchange(Bytes one, Bytes other) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            throw failure(Kernel.EINVAL, "renameat");
        }
        check(
                LIBC.renameat2(Kernel.AT_FDCWD, cString(one), Kernel.AT_FDCWD, cString(other), Linux.RENAME_EXCHANGE),
                "renameat2");
    }

    /** Gives an entry another name in the same directory, in place of what has that name. */
    public static void rename(int directory, Bytes from, Bytes to) throws PosixException {
        int result = Kernel.IS_FREEBSD
                ? LIBC.renameat(directory, cString(from), directory, cString(to))
                : LIBC.renameat2(directory, cString(from), directory, cString(to), 0);
        check(result, "renameat");
    }

    /**
     * Gives an entry, which one may not be allowed to open, this mode. What is put in its place meanwhile may get it, in the same
     * directory.
     */
    public static void chmod(int directory, Bytes name, int mode) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            check(LIBC.fchmodat(directory, cString(name), mode, Kernel.AT_SYMLINK_NOFOLLOW), "fchmodat");
            return;
        }
        int path = openPath(directory, name);
        try {
            FileModes.chmod(Bytes.utf8("/proc/self/fd/" + path), mode);
        } finally {
            Descriptors.close(path);
        }
    }

    /**
     * Allows again what ioctl_iflags(2), or chflags(2), forbade for an open directory: that it is changed or removed. For root.
     */
    public static void makeMutable(int directory) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            checkFlags(LIBC.fchflags(directory, 0), "fchflags");
            return;
        }
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
        if (Kernel.IS_FREEBSD) {
            checkFlags(LIBC.chflagsat(directory, cString(name), 0, Kernel.AT_SYMLINK_NOFOLLOW), "chflagsat");
            return;
        }
        int path = openPath(directory, name);
        try {
            int kind = STATUS.mode(status(path)) & Kernel.S_IFMT;
            if (kind != Kernel.S_IFREG && kind != Kernel.S_IFDIR) {
                return;
            }
            int fd = Descriptors.open(Bytes.utf8("/proc/self/fd/" + path), Kernel.O_RDONLY | Kernel.O_NONBLOCK, 0);
            try {
                makeMutable(fd);
            } finally {
                Descriptors.close(fd);
            }
        } finally {
            Descriptors.close(path);
        }
    }

    /** A filesystem without such flags has none that forbid anything. */
    private static void checkFlags(int result, String function) throws PosixException {
        if (result < 0 && errno() != Kernel.EOPNOTSUPP) {
            throw failure(errno(), function);
        }
    }

    /** Has an empty file share the blocks of another one; false when the filesystem cannot do that. */
    public static boolean shareBlocks(int from, int to) {
        return !Kernel.IS_FREEBSD && LIBC.ioctl(to, Linux.FICLONE, from) == 0;
    }
}
