package mayfly.clonepool.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.SystemPlaces;

/**
 * Sends lines to systemd's journal by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), or to the syslog daemon where
 * there is none; where there is neither, they go nowhere. For one thread.
 */
final class Journal {
    private static final Bytes JOURNAL = Bytes.utf8("/run/systemd/journal/socket");
    private static final Bytes SYSLOG = Bytes.utf8(SystemPlaces.SYSTEM_LOG);

    /** LOG_AUTHPRIV and LOG_INFO, syslog(3). */
    private static final String FIELDS = "PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=mayfly-audit\nMESSAGE=";

    private static final String PREFIX = "<86>mayfly-audit: ";

    /** How long a daemon that is busy is waited for, with all lines together. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

    /** Bytes that every system takes. */
    private static final int SHORTEST = 1024;

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(2);

    private final Bytes journal;
    private final Bytes syslog;
    private int sent;

    /** For one call of {@link #send}. */
    Journal() {
        this(JOURNAL, SYSLOG);
    }

    Journal(Bytes journal, Bytes syslog) {
        this.journal = journal;
        this.syslog = syslog;
    }

    /** How many lines are on their way, whatever was thrown. */
    int sent() {
        return sent;
    }

    /** @param lines with their ends */
    void send(List<byte[]> lines) throws IOException {
        boolean isNative = true;
        int socket = connect(journal);
        if (socket < 0) {
            isNative = false;
            socket = connect(syslog);
        }
        if (socket < 0) {
            sent = lines.size(); // nobody wants them
            return;
        }
        try {
            Descriptors.setNonBlocking(socket, true);
            long deadline = System.nanoTime() + PATIENCE;
            for (byte[] line : lines) {
                write(socket, message(line, isNative), deadline);
                sent++;
            }
        } finally {
            Descriptors.close(socket);
        }
    }

    /** -1: nobody is there. */
    private static int connect(Bytes path) throws PosixException {
        try {
            return Sockets.messagesTo(path);
        } catch (PosixException e) {
            if (e.errno() == Kernel.ENOENT || e.errno() == Kernel.ECONNREFUSED) {
                return -1;
            }
            throw e;
        }
    }

    private static ByteBuffer message(byte[] line, boolean isNative) {
        byte[] head = (isNative ? FIELDS : PREFIX).getBytes(StandardCharsets.US_ASCII);
        int length = isNative ? line.length : line.length - 1;
        return ByteBuffer.allocateDirect(head.length + length)
                .put(head)
                .put(line, 0, length)
                .flip();
    }

    private static void write(int socket, ByteBuffer message, long deadline) throws IOException {
        while (!isTaken(socket, message)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("it takes nothing more");
            }
            LockSupport.parkNanos(PAUSE);
        }
    }

    /** Halves what is too long for a message: on some systems 2 KiB is the most. */
    private static boolean isTaken(int socket, ByteBuffer message) throws IOException {
        while (true) {
            try {
                return Descriptors.write(socket, message) >= 0;
            } catch (PosixException e) {
                if (e.errno() == Kernel.ENOBUFS) { // FreeBSD's word for a daemon that is busy
                    return false;
                }
                if (e.errno() != Kernel.EMSGSIZE || message.remaining() <= SHORTEST) {
                    throw e;
                }
                message.limit(message.position() + message.remaining() / 2);
            }
        }
    }
}
