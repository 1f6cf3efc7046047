package mayfly.client;

import java.nio.ByteBuffer;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Terminals;

/**
 * This process's terminal while the command has one of its own inside. It is made raw and read only once the command
 * may have it: in a pipeline or in the background something else may be using it. For one thread, except that any may
 * restore it.
 */
final class Keyboard {
    private static final int CHUNK = 16_384;
    private static final int NONE = -1;

    private final int terminals;
    private final int tty;
    private final int output;
    private final ByteBuffer typed = ByteBuffer.allocateDirect(4096).limit(0);
    private final ByteBuffer printed = ByteBuffer.allocateDirect(CHUNK);
    private byte[] modes = new byte[0];
    private boolean raw;
    private volatile boolean reading;
    private boolean given;
    private int master = NONE;

    /** @param terminals bit N: descriptor N is a terminal */
    Keyboard(int terminals) throws PosixException {
        this.terminals = terminals;
        this.tty = terminals == 0 ? NONE : Integer.numberOfTrailingZeros(terminals);
        this.output = (terminals & 2) != 0 ? 1 : (terminals & 4) != 0 ? 2 : tty;
        if (tty != NONE) {
            modes = Terminals.modes(tty);
        }
    }

    boolean exists() {
        return tty != NONE;
    }

    boolean isForeground() {
        try {
            return Terminals.foregroundGroup(tty) == Processes.ownGroup();
        } catch (PosixException e) {
            return false; // it is not this process's controlling terminal
        }
    }

    /** Whether the command may have the terminal from the start: nothing else in the pipeline wants it. */
    boolean isFree() {
        return (terminals & 3) == 3 && isForeground();
    }

    /** Whether the command has been given the terminal, be it that it stopped since. */
    boolean wasGiven() {
        return given;
    }

    Bytes modes() {
        return Bytes.of(modes);
    }

    Optional<Bytes> window() {
        try {
            return Optional.of(Bytes.of(Terminals.window(tty)));
        } catch (PosixException e) {
            return Optional.empty(); // hung up
        }
    }

    int tty() {
        return tty;
    }

    int master() {
        return master;
    }

    boolean hasMaster() {
        return master != NONE;
    }

    void setMaster(int fd) throws PosixException {
        master = fd;
        Descriptors.setNonBlocking(master, true);
    }

    void closeMaster() {
        if (hasMaster()) {
            Descriptors.close(master);
            master = NONE;
        }
    }

    /** Whether there is room for what is typed next. */
    boolean wantsInput() {
        return reading && hasMaster() && !typed.hasRemaining();
    }

    boolean hasTyped() {
        return typed.hasRemaining();
    }

    /**
     * Makes the terminal raw and starts to read; in the background SIGTTOU stops this process until it may. A terminal
     * that will never be this process's stays silent.
     */
    synchronized void take() {
        given = true;
        try {
            Terminals.awaitForeground(tty);
            if (!raw) {
                modes = Terminals.modes(tty); // in the background they were somebody else's
            }
            raw = true; // before: whatever ends this process meanwhile restores
            Terminals.setModes(tty, Terminals.rawModes(modes));
            reading = true;
        } catch (PosixException e) {
            raw = false; // the terminal has gone, or belongs to another session
        }
    }

    synchronized void restore() {
        if (raw) {
            try {
                Terminals.setModes(tty, modes);
            } catch (PosixException e) {
                reading = false; // the terminal has gone, and its modes with it
            }
        }
        raw = false;
        reading = false;
    }

    /** Takes what was typed and passes it on. */
    void read() {
        typed.clear();
        try {
            int count = Descriptors.read(tty, typed);
            reading = count != 0;
        } catch (PosixException e) {
            reading = false; // the terminal has gone
        }
        typed.flip();
        flush();
    }

    /** Passes on what the command's terminal has room for. */
    void flush() {
        try {
            while (typed.hasRemaining() && Descriptors.write(master, typed) >= 0) {}
        } catch (PosixException e) {
            typed.limit(0); // nobody is there to read it
        }
    }

    /** Copies what the command has written; 0: there is nothing more for ever; -1: nothing now. */
    int print() {
        int count;
        try {
            count = Descriptors.read(master, printed.clear());
        } catch (PosixException e) {
            return 0; // EIO: all have closed the terminal inside
        }
        if (count > 0) {
            writeOut(printed.flip());
        }
        return count;
    }

    private void writeOut(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                if (Descriptors.write(output, bytes) < 0) {
                    awaitRoom();
                }
            }
        } catch (PosixException e) {
            bytes.limit(bytes.position()); // nobody looks at this terminal any more
        }
    }

    /** Somebody else has made the terminal non-blocking. */
    private void awaitRoom() throws PosixException {
        try (Poller poller = new Poller(1)) {
            poller.add(output, Poller.OUT, 0);
            poller.await(-1);
        }
    }
}
