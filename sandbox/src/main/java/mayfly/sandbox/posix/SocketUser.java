package mayfly.sandbox.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * FreeBSD's {@code struct xucred} (sys/ucred.h), which tells who is at the other end of a Unix socket.
 *
 * @param groups the effective group, then the supplementary ones
 * @param isWhole whether there are no more groups: there is room for {@value #MOST_GROUPS}
 */
record SocketUser(long uid, List<Long> groups, int pid, boolean isWhole) {
    static final int BYTES = 88;
    static final int MOST_GROUPS = 16;

    private static final int VERSION = 0;
    private static final int UID = 4;
    private static final int GROUP_COUNT = 8;
    private static final int GROUPS = 12;
    private static final int PID = 80;

    SocketUser {
        groups = List.copyOf(groups);
    }

    static SocketUser of(byte[] bytes) throws PosixException {
        ByteBuffer user = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        int count = user.getShort(GROUP_COUNT);
        if (user.getInt(0) != VERSION || count < 1 || count > MOST_GROUPS) {
            throw Native.failure(Kernel.EINVAL, "getsockopt(LOCAL_PEERCRED)");
        }
        List<Long> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            groups.add(Integer.toUnsignedLong(user.getInt(GROUPS + i * Integer.BYTES)));
        }
        return new SocketUser(Integer.toUnsignedLong(user.getInt(UID)), groups, user.getInt(PID), count < MOST_GROUPS);
    }
}
