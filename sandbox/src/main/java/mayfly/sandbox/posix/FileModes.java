package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.cString;
import static mayfly.sandbox.posix.Native.check;

import mayfly.sandbox.Bytes;

/** Owners and permissions, with numbers. */
public final class FileModes {
    /** Leaves an owner or a group as it is. */
    public static final long UNCHANGED = 0xFFFF_FFFFL;

    private FileModes() {}

    public static void chmod(Bytes path, int mode) throws PosixException {
        check(LIBC.chmod(cString(path), mode), "chmod");
    }

    public static void chmod(int fd, int mode) throws PosixException {
        check(LIBC.fchmod(fd, mode), "fchmod");
    }

    /** Changes the owner of a file, or of a symbolic link itself. */
    public static void chown(Bytes path, long uid, long gid) throws PosixException {
        check(LIBC.lchown(cString(path), (int) uid, (int) gid), "lchown");
    }

    public static void chown(int fd, long uid, long gid) throws PosixException {
        check(LIBC.fchown(fd, (int) uid, (int) gid), "fchown");
    }

    /** Makes a directory with exactly this mode, whatever the umask; never wider for a moment. */
    public static void makeDirectory(Bytes path, int mode) throws PosixException {
        byte[] name = cString(path);
        check(LIBC.mkdir(name, mode), "mkdir");
        check(LIBC.chmod(name, mode), "chmod");
    }
}
