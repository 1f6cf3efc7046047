package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import mayfly.sandbox.Bytes;

/**
 * Subvolumes of btrfs, as linux/btrfs.h has them, on Linux only: who may make a directory may make one, and who owns one
 * may make snapshots of it. Names are single components in an open directory.
 */
public final class Btrfs {
    // struct btrfs_ioctl_vol_args: a descriptor and a name; _v2 has more between them. Both are of one size.
    private static final int ARGUMENTS_BYTES = 4096;
    private static final int NAME = 8;
    private static final int V2_FLAGS = 16;
    private static final int V2_NAME = 56;
    private static final int NAME_MAX = 255;

    private static final int STATFS_BYTES = 120;

    private Btrfs() {}

    /** Whether the open file is on btrfs. */
    public static boolean isBtrfs(int fd) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            return false;
        }
        byte[] status = new byte[STATFS_BYTES];
        check(LIBC.fstatfs(fd, status), "fstatfs");
        return ByteBuffer.wrap(status).order(ByteOrder.nativeOrder()).getLong(0) == Linux.BTRFS_SUPER_MAGIC;
    }

    /** Whether the open directory is a subvolume. */
    public static boolean isSubvolume(int directory) throws PosixException {
        return Directory.identity(directory).inode() == Linux.BTRFS_SUBVOLUME_INODE && isBtrfs(directory);
    }

    /** Makes an empty subvolume, with the mode that the umask leaves of 0777. */
    public static void create(int directory, Bytes name) throws PosixException {
        byte[] arguments = arguments(-1, 0, name, NAME, "ioctl(BTRFS_IOC_SUBVOL_CREATE)");
        check(LIBC.ioctl(directory, Linux.BTRFS_IOC_SUBVOL_CREATE, arguments), "ioctl(BTRFS_IOC_SUBVOL_CREATE)");
    }

    /**
     * Makes a snapshot of an open subvolume. Where subvolumes are in it, the snapshot has empty directories.
     *
     * @throws PosixException EXDEV: the directory is on another filesystem; EINVAL: no subvolume; EPERM: somebody else's
     */
    public static void snapshot(int subvolume, int directory, Bytes name, boolean readonly) throws PosixException {
        long flags = readonly ? Linux.BTRFS_SUBVOL_RDONLY : 0;
        byte[] arguments = arguments(subvolume, flags, name, V2_NAME, "ioctl(BTRFS_IOC_SNAP_CREATE_V2)");
        check(LIBC.ioctl(directory, Linux.BTRFS_IOC_SNAP_CREATE_V2, arguments), "ioctl(BTRFS_IOC_SNAP_CREATE_V2)");
    }

    /**
     * Destroys a subvolume with all that is in it; the kernel frees its room in the background.
     *
     * @throws PosixException ENOTEMPTY: there are subvolumes in it; EPERM: an ordinary user may not where the filesystem is
     *     mounted without user_subvol_rm_allowed
     */
    public static void destroy(int directory, Bytes name) throws PosixException {
        byte[] arguments = arguments(-1, 0, name, NAME, "ioctl(BTRFS_IOC_SNAP_DESTROY)");
        check(LIBC.ioctl(directory, Linux.BTRFS_IOC_SNAP_DESTROY, arguments), "ioctl(BTRFS_IOC_SNAP_DESTROY)");
    }

    /** Lets an open subvolume be changed; whether it was read-only. */
    public static boolean makeWritable(int subvolume) throws PosixException {
        byte[] flags = new byte[Long.BYTES];
        check(LIBC.ioctl(subvolume, Linux.BTRFS_IOC_SUBVOL_GETFLAGS, flags), "ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)");
        ByteBuffer word = ByteBuffer.wrap(flags).order(ByteOrder.nativeOrder());
        if ((word.getLong(0) & Linux.BTRFS_SUBVOL_RDONLY) == 0) {
            return false;
        }
        word.putLong(0, word.getLong(0) & ~Linux.BTRFS_SUBVOL_RDONLY);
        check(LIBC.ioctl(subvolume, Linux.BTRFS_IOC_SUBVOL_SETFLAGS, flags), "ioctl(BTRFS_IOC_SUBVOL_SETFLAGS)");
        return true;
    }

    /** @param nameAt where the name is; flags, which the shorter struct has none of, are before it in the longer one */
    private static byte[] arguments(int fd, long flags, Bytes name, int nameAt, String function) throws PosixException {
        if (name.length() > NAME_MAX) {
            throw Native.failure(Kernel.ENAMETOOLONG, function);
        }
        ByteBuffer arguments = ByteBuffer.allocate(ARGUMENTS_BYTES).order(ByteOrder.nativeOrder());
        arguments.putLong(0, fd);
        if (nameAt == V2_NAME) {
            arguments.putLong(V2_FLAGS, flags);
        }
        name.putInto(arguments.position(nameAt));
        return arguments.array();
    }
}
