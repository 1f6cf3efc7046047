package mayfly.sandbox.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where what matters is in {@code struct statx} of Linux and {@code struct stat} of FreeBSD (since 12). The device is two
 * words.
 */
record FileStatus(int bytes, int mode, int uid, int inode, int size, int deviceHigh, int deviceLow) {
    static final FileStatus LINUX = new FileStatus(256, 28, 20, 32, 40, 136, 140);
    static final FileStatus FREEBSD = new FileStatus(224, 24, 28, 8, 112, 4, 0);

    static FileStatus ofThisSystem() {
        return Kernel.IS_FREEBSD ? FREEBSD : LINUX;
    }

    int mode(byte[] status) {
        return Short.toUnsignedInt(in(status).getShort(mode));
    }

    Directory.Identity identity(byte[] status) {
        ByteBuffer in = in(status);
        long device =
                Integer.toUnsignedLong(in.getInt(deviceHigh)) << 32 | Integer.toUnsignedLong(in.getInt(deviceLow));
        return new Directory.Identity(device, in.getLong(inode));
    }

    Directory.Kind kind(byte[] status) {
        return new Directory.Kind(
                (mode(status) & Kernel.S_IFMT) == Kernel.S_IFREG,
                Integer.toUnsignedLong(in(status).getInt(uid)),
                in(status).getLong(size));
    }

    private static ByteBuffer in(byte[] status) {
        return ByteBuffer.wrap(status).order(ByteOrder.nativeOrder());
    }
}
