package mayfly.client;

import java.nio.ByteBuffer;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Frame.Outcome;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.PosixException;

/** The JSON line of {@code --status-fd}. */
final class StatusLine {
    private StatusLine() {}

    static String of(Frame.Ended ended, String origin) {
        Outcome outcome = ended.outcome();
        return "{\"exit\":" + (outcome instanceof Outcome.Exited exited ? Integer.toString(exited.code()) : "null")
                + ",\"signal\":"
                + (outcome instanceof Outcome.Killed killed ? Integer.toString(killed.signal()) : "null")
                + ",\"elapsed_ms\":" + milliseconds(ended.elapsedMicros())
                + ",\"user_ms\":" + milliseconds(ended.userMicros())
                + ",\"system_ms\":" + milliseconds(ended.systemMicros())
                + ",\"max_rss_kib\":" + ended.peakKib()
                + (origin.isEmpty() ? "" : "," + origin) + "}\n";
    }

    static void write(int fd, Frame.Ended ended, String origin) throws MayflyException {
        Bytes line = Bytes.utf8(of(ended, origin));
        ByteBuffer buffer = ByteBuffer.allocateDirect(line.length());
        line.putInto(buffer);
        try {
            Descriptors.writeFully(fd, buffer.flip());
        } catch (PosixException e) {
            throw new MayflyException("cannot write the status line: " + e.reason());
        }
    }

    /** Fails when nothing can be written to the descriptor, before anything has run. */
    static void check(int fd) throws MayflyException {
        if (!CallersProcess.hasDescriptor(fd)) {
            throw new MayflyException(
                    "cannot write the status line: Bad file descriptor",
                    "--status-fd names a descriptor that must be open: 3>file");
        }
    }

    private static String milliseconds(long micros) {
        long fraction = 1000 + micros % 1000;
        return micros / 1000 + "." + Long.toString(fraction).substring(1);
    }
}
