package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.cString;
import static mayfly.sandbox.posix.Native.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import mayfly.sandbox.Bytes;

/** Owners and permissions, with numbers. */
public final class FileModes {
    /** Leaves an owner or a group as it is. */
    public static final long UNCHANGED = 0xFFFF_FFFFL;

    private static final Bytes ACCESS_LIST = Bytes.utf8("system.posix_acl_access");
    private static final int ACCESS_LIST_VERSION = 2;
    private static final int ENTRY_BYTES = 8;
    private static final int READS = 4;
    private static final int WRITES = 2;
    private static final int NO_ID = -1;

    private FileModes() {}

    /**
     * Lets these users read a file that is its owner's alone, by an access control list: acl(5), in the form of the
     * kernel's {@code posix_acl_xattr.h}, on Linux. They cannot change it, nor its permissions.
     */
    public static void letRead(int fd, List<Long> uids) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            throw Native.failure(Kernel.EOPNOTSUPP, "fsetxattr");
        }
        ByteBuffer list = ByteBuffer.allocate(Integer.BYTES + (uids.size() + 4) * ENTRY_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        list.putInt(ACCESS_LIST_VERSION);
        entry(list, 0x01, READS | WRITES, NO_ID);
        for (long uid : uids) {
            entry(list, 0x02, READS, (int) uid);
        }
        entry(list, 0x04, 0, NO_ID);
        entry(list, 0x10, READS, NO_ID);
        entry(list, 0x20, 0, NO_ID);
        check(LIBC.fsetxattr(fd, cString(ACCESS_LIST), list.array(), list.capacity(), 0), "fsetxattr");
    }

    private static void entry(ByteBuffer list, int tag, int permissions, int id) {
        list.putShort((short) tag).putShort((short) permissions).putInt(id);
    }

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
