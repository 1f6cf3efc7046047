package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/**
 * Sends and receives bytes and up to {@value #MAX_FDS} descriptors with them (SCM_RIGHTS), in memory that is allocated
 * once. For one thread at a time.
 */
public final class MessageBuffer {
    public static final int MAX_FDS = 3;

    private final MessageLayout layout;
    private final Pointer head;
    private final ByteBuffer data;
    private final long address;
    private final int[] received = new int[MAX_FDS];
    private int receivedCount;
    private final int[] attached = new int[MAX_FDS];
    private int attachedCount;
    private boolean tooMany;

    /** Room for messages of {@code capacity} bytes. */
    public MessageBuffer(int capacity) {
        layout = MessageLayout.ofThisSystem();
        head = Native.allocate(layout.bytes());
        data = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        address = Native.address(data);
    }

    /** The bytes, little-endian: received up to the position, or to be sent from the position to the limit. */
    public ByteBuffer data() {
        return data;
    }

    /**
     * Receives bytes between the data's position, which moves, and its limit. Descriptors that came earlier and were
     * not taken are closed first.
     *
     * @return the number of bytes; 0 at the end; -1 when a non-blocking socket has none now
     */
    public int receive(int socket) throws PosixException {
        return receive(socket, MessageLayout.controlBytes(layout.room()), 0);
    }

    /**
     * The same from a peer that may send no descriptor. On Linux those that come are left in the socket, with the bytes that came
     * with them or before, and {@link #broughtTooMany} tells: whoever lets go of the last reference to a file may have to wait
     * as long as the peer likes, by SO_LINGER for one.
     */
    public int receiveBytes(int socket) throws PosixException {
        int start = data.position();
        int limit = data.limit();
        if (!Kernel.IS_FREEBSD) {
            int count = receive(socket, 0, Kernel.MSG_PEEK);
            if (count <= 0 || tooMany) {
                return count;
            }
            data.limit(start + count).position(start);
        }
        try {
            return receive(socket, 0, 0);
        } finally {
            data.limit(limit);
        }
    }

    private int receive(int socket, int control, int flags) throws PosixException {
        closeReceived();
        prepare(control);
        long count;
        do {
            count = LIBC.recvmsg(socket, head.address(), Kernel.MSG_CMSG_CLOEXEC | flags);
        } while (interrupted(count));
        if (count < 0) {
            return wouldBlock("recvmsg");
        }
        collect();
        data.position(data.position() + (int) count);
        return (int) count;
    }

    /** How many received descriptors have not been taken. */
    public int descriptors() {
        return receivedCount;
    }

    /** Whether the last message brought more descriptors than {@value #MAX_FDS}; the others are closed. */
    public boolean broughtTooMany() {
        return tooMany;
    }

    /** Takes the first received descriptor that has not been taken; it is the caller's now. */
    public int take() {
        if (receivedCount == 0) {
            throw new IllegalStateException("no descriptor was received");
        }
        int fd = received[0];
        System.arraycopy(received, 1, received, 0, --receivedCount);
        return fd;
    }

    /** Closes what was received and not taken. */
    public void closeReceived() {
        while (receivedCount > 0) {
            Descriptors.close(received[--receivedCount]);
        }
    }

    /** Lets the descriptor travel with the next bytes that are sent; it stays the caller's. */
    public void attach(int fd) {
        attached[attachedCount++] = fd;
    }

    /** Lets no descriptor travel with the next bytes: forgets those attached so far. */
    public void detach() {
        attachedCount = 0;
    }

    /**
     * Sends bytes between the data's position, which moves, and its limit, with the attached descriptors. A peer that
     * is gone is an exception, not a signal.
     *
     * @return the number of bytes; -1 when a non-blocking socket takes none now: descriptors stay attached then
     */
    public int send(int socket) throws PosixException {
        prepare(attachedCount == 0 ? 0 : MessageLayout.controlBytes(attachedCount));
        layout.putDescriptors(head, attached, attachedCount);
        long count;
        do {
            count = LIBC.sendmsg(socket, head.address(), Kernel.MSG_NOSIGNAL);
        } while (interrupted(count));
        if (count < 0) {
            return wouldBlock("sendmsg");
        }
        attachedCount = 0;
        data.position(data.position() + (int) count);
        return (int) count;
    }

    /** Sends all from the position to the limit on a blocking socket. */
    public void sendFully(int socket) throws PosixException {
        while (data.hasRemaining()) {
            if (send(socket) < 0) {
                throw failure(Kernel.EAGAIN, "sendmsg");
            }
        }
    }

    private void prepare(int control) {
        layout.prepare(head, address + data.position(), data.remaining(), control);
    }

    private void collect() {
        int count = layout.descriptors(head);
        tooMany = layout.isCutOff(head) || count > MAX_FDS;
        for (int i = 0; i < count; i++) {
            int fd = MessageLayout.descriptor(head, i);
            if (i < MAX_FDS) {
                received[receivedCount++] = fd;
            } else {
                Descriptors.close(fd);
            }
        }
    }

    private static int wouldBlock(String function) throws PosixException {
        int errno = errno();
        if (errno == Kernel.EAGAIN) {
            return -1;
        }
        throw failure(errno, function);
    }
}
