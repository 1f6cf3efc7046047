package mayfly.sandbox.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import mayfly.sandbox.Bytes;

/**
 * {@code struct sockaddr_un}: a family of two bytes on Linux; on FreeBSD one byte for the length of all and one for the family.
 *
 * @param maxPath longest path in bytes; a NUL follows
 */
record SocketAddress(int maxPath, boolean hasLength) {
    static final SocketAddress LINUX = new SocketAddress(107, false);
    static final SocketAddress FREEBSD = new SocketAddress(103, true);

    private static final int FAMILY_BYTES = 2;

    static SocketAddress ofThisSystem() {
        return Kernel.IS_FREEBSD ? FREEBSD : LINUX;
    }

    /** The address of the path, with its NUL. */
    byte[] of(Bytes path) {
        byte[] name = Native.cString(path);
        ByteBuffer address = ByteBuffer.allocate(FAMILY_BYTES + name.length).order(ByteOrder.nativeOrder());
        if (hasLength) {
            address.put((byte) (FAMILY_BYTES + path.length())).put((byte) Kernel.AF_UNIX);
        } else {
            address.putShort((short) Kernel.AF_UNIX);
        }
        return address.put(name).array();
    }

    /** Linux's abstract name, unix(7), whose length counts: there is no NUL behind it. */
    static byte[] ofAbstract(Bytes name) {
        return ByteBuffer.allocate(FAMILY_BYTES + name.length())
                .order(ByteOrder.nativeOrder())
                .putShort((short) Kernel.AF_UNIX)
                .put(name.toArray())
                .put(FAMILY_BYTES, (byte) 0)
                .array();
    }
}
