package mayfly.sandbox.posix;

import jnr.ffi.Pointer;

/**
 * {@code struct msghdr} (unix(7), sys/socket.h) with one buffer and one control message that carries descriptors, on 64-bit
 * machines, in one block of memory. Lengths of a message are 8 bytes on Linux and 4 on FreeBSD: written as 4, with nothing in
 * the others, and read so, they are the same.
 *
 * @param flags where the message's flags are
 * @param level where the control message's level is, from its beginning
 * @param type where its type is
 * @param room for how many descriptors a control message has room
 */
record MessageLayout(int flags, int level, int type, int room) {
    /** The kernel closes what finds no room. */
    static final MessageLayout LINUX = new MessageLayout(48, 8, 12, MessageBuffer.MAX_FDS);

    /** Whether the kernel closes what finds no room is not said; unix(4) sends fewer than these: pointers in an mbuf cluster. */
    static final MessageLayout FREEBSD = new MessageLayout(44, 4, 8, 256);

    private static final int BUFFERS = 16;
    private static final int BUFFER_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int BUFFER = 56;
    private static final int CONTROL_MESSAGE = 72;
    private static final int CONTROL_HEADER = 16;

    static MessageLayout ofThisSystem() {
        return Kernel.IS_FREEBSD ? FREEBSD : LINUX;
    }

    int bytes() {
        return CONTROL_MESSAGE + controlBytes(room);
    }

    static int controlBytes(int descriptors) {
        return CONTROL_HEADER + descriptors * Integer.BYTES;
    }

    /** For a call: with that buffer, and that much control message, which can be none. */
    void prepare(Pointer head, long buffer, long size, int control) {
        head.putLong(BUFFERS, head.address() + BUFFER);
        head.putInt(BUFFER_COUNT, 1);
        head.putLong(BUFFER, buffer);
        head.putLong(BUFFER + Long.BYTES, size);
        head.putLong(CONTROL, control == 0 ? 0 : head.address() + CONTROL_MESSAGE);
        head.putInt(CONTROL_LENGTH, control);
        head.putInt(flags, 0);
    }

    /** Has these descriptors in the control message. */
    void putDescriptors(Pointer head, int[] descriptors, int count) {
        head.putInt(CONTROL_MESSAGE, controlBytes(count));
        head.putInt(CONTROL_MESSAGE + level, Kernel.SOL_SOCKET);
        head.putInt(CONTROL_MESSAGE + type, Kernel.SCM_RIGHTS);
        for (int i = 0; i < count; i++) {
            head.putInt(descriptorAt(i), descriptors[i]);
        }
    }

    /** How many descriptors have come; of what was cut off the length is told, and it is not there. */
    int descriptors(Pointer head) {
        int control = head.getInt(CONTROL_LENGTH);
        if (control < CONTROL_HEADER
                || head.getInt(CONTROL_MESSAGE + level) != Kernel.SOL_SOCKET
                || head.getInt(CONTROL_MESSAGE + type) != Kernel.SCM_RIGHTS) {
            return 0;
        }
        return (Math.min(head.getInt(CONTROL_MESSAGE), control) - CONTROL_HEADER) / Integer.BYTES;
    }

    static int descriptor(Pointer head, int index) {
        return head.getInt(descriptorAt(index));
    }

    boolean isCutOff(Pointer head) {
        return (head.getInt(flags) & Kernel.MSG_CTRUNC) != 0;
    }

    private static int descriptorAt(int index) {
        return CONTROL_MESSAGE + CONTROL_HEADER + index * Integer.BYTES;
    }
}
