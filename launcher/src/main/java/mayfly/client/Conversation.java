package mayfly.client;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntPredicate;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.EventFd;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;

/**
 * The conversation with init after RUN: signals and what is typed on the way in, what the command prints on its
 * terminal and its end on the way out. One thread runs it; any may signal or close.
 */
final class Conversation implements AutoCloseable {
    private static final FrameReader FRAMES = FrameReader.from(Protocol.Sender.INIT_AT_SANDBOX);

    private static final int SOCKET = 0;
    private static final int WAKE_UP = 1;
    private static final int MASTER = 2;
    private static final int TTY = 3;
    private static final int KEYS = 4;

    /** For the rest of the command's output after its end, when something outside keeps its terminal open. */
    private static final int REST_MILLIS = 2_000;

    private final int socket;
    private final Keyboard keyboard;
    private final MessageBuffer in = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
    private final MessageBuffer out = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
    private final Queue<Integer> descriptors = new ArrayDeque<>();
    private final Queue<Integer> signals = new ConcurrentLinkedQueue<>();
    private final EventFd wakeUp;
    private final Poller poller;
    private final int[] interest = new int[KEYS];
    private final int[] events = new int[KEYS];
    private Optional<Signals> handlers = Optional.empty();
    private boolean deferred;
    private volatile boolean stopped;
    private boolean closed;

    /** @param deferred whether the command starts in the background of its terminal */
    Conversation(int socket, Keyboard keyboard, boolean deferred) throws PosixException {
        this.deferred = deferred;
        this.socket = socket;
        this.keyboard = keyboard;
        this.wakeUp = new EventFd();
        this.poller = new Poller(KEYS);
        watch(SOCKET, socket, Poller.IN);
        watch(WAKE_UP, wakeUp.fd(), Poller.IN);
    }

    /** Has the signal sent to the command. */
    void signal(int number) {
        signals.add(number);
        wake();
    }

    /** Has {@link #attend} give up; its caller then ends the lease and so the command. */
    void stop() {
        stopped = true;
        wake();
    }

    /**
     * Passes this process's signals on from now on, and stops and goes on with the command.
     *
     * @param other takes those that are not for the command, and says so
     */
    void standForCommand(long ignored, IntPredicate other) {
        handlers = Optional.of(new Signals(ignored, number -> {
            if (!other.test(number)) {
                signal(number);
            }
        }));
    }

    /** Goes on until the command has ended: {@code ENDED} or {@code FAILED}. */
    Frame attend() throws IOException, MayflyException {
        while (!stopped) {
            watchTerminal();
            await(-1);
            if (events[WAKE_UP] != 0) {
                wakeUp.drain();
                passSignals();
            }
            attendTerminal();
            if (events[SOCKET] != 0) {
                receive();
                Optional<Frame> end = understandAll();
                if (end.isPresent()) {
                    printRest();
                    return end.get();
                }
            }
        }
        throw new MayflyException("cannot finish the command: it was given up");
    }

    private void await(int timeoutMillis) throws PosixException {
        int count = poller.await(timeoutMillis);
        Arrays.fill(events, 0);
        for (int i = 0; i < count; i++) {
            events[(int) poller.key(i)] = poller.events(i);
        }
    }

    private void watchTerminal() throws PosixException {
        if (keyboard.hasMaster()) {
            watch(MASTER, keyboard.master(), Poller.IN | (keyboard.hasTyped() ? Poller.OUT : 0));
        }
        if (keyboard.exists()) {
            watch(TTY, keyboard.tty(), keyboard.wantsInput() ? Poller.IN : 0);
        }
    }

    /** With no events to watch for, the descriptor is not watched at all: a hang-up would be told again and again. */
    private void watch(int key, int fd, int wanted) throws PosixException {
        if (interest[key] == wanted) {
            return;
        }
        if (interest[key] == 0) {
            poller.add(fd, wanted, key);
        } else if (wanted == 0) {
            poller.remove(fd);
        } else {
            poller.modify(fd, wanted, key);
        }
        interest[key] = wanted;
    }

    private void attendTerminal() throws PosixException {
        if ((events[MASTER] & (Poller.IN | Poller.HANGUP | Poller.ERROR)) != 0 && keyboard.print() == 0) {
            watch(MASTER, keyboard.master(), 0);
            keyboard.closeMaster();
        } else if ((events[MASTER] & Poller.OUT) != 0) {
            keyboard.flush();
        }
        if (events[TTY] != 0) {
            keyboard.read();
        }
    }

    private void receive() throws IOException {
        if (in.receive(socket) == 0) {
            throw new ProtocolException("its sandbox ended unexpectedly");
        }
        while (in.descriptors() > 0) {
            descriptors.add(in.take());
        }
    }

    private Optional<Frame> understandAll() throws IOException, MayflyException {
        in.data().flip();
        Optional<Frame> end = Optional.empty();
        while (end.isEmpty() && FRAMES.complete(in.data()) >= 0) {
            end = understand(FRAMES.read(in.data()));
        }
        in.data().compact();
        return end;
    }

    private Optional<Frame> understand(Frame frame) throws IOException, MayflyException {
        if (frame instanceof Frame.Ended || frame instanceof Frame.Failed) {
            return Optional.of(frame);
        } else if (frame instanceof Frame.Started) {
            started();
        } else if (frame instanceof Frame.WantsTerminal && keyboard.exists()) {
            giveTerminal();
        } else if (frame instanceof Frame.Stopped) {
            stopWithCommand();
        } else {
            throw new ProtocolException("its sandbox sent " + frame.type() + " out of turn");
        }
        return Optional.empty();
    }

    private void started() throws IOException {
        if (keyboard.exists()) {
            Integer master = descriptors.poll();
            if (master == null || keyboard.hasMaster()) {
                throw new ProtocolException("its sandbox sent no terminal");
            }
            keyboard.setMaster(master);
        }
    }

    private void giveTerminal() throws IOException {
        keyboard.take();
        sendWindow();
        send(new Frame.Foreground(deferred ? Optional.of(keyboard.modes()) : Optional.empty()));
        deferred = false;
    }

    /** As if the stop had reached this process in place of the command: its parent sees a stopped job. */
    private void stopWithCommand() throws IOException, MayflyException {
        if (handlers.isEmpty()) {
            return; // a program that runs commands is not stopped by them
        }
        keyboard.restore();
        Signals own = handlers.get();
        if (keyboard.exists()) {
            // On a terminal the key would have stopped the whole job.
            own.withTerminalStop(false, () -> terminalStop(true));
        }
        own.withTerminalStop(true, () -> terminalStop(false));
        goOn();
    }

    private static void terminalStop(boolean others) throws MayflyException {
        try {
            if (others) {
                Processes.kill(0, Kernel.SIGTSTP);
            } else {
                Processes.raise(Kernel.SIGTSTP);
            }
        } catch (PosixException e) {
            throw new MayflyException("cannot stop with the command: " + e.getMessage());
        }
    }

    private void goOn() throws IOException {
        if (keyboard.exists() && keyboard.wasGiven() && keyboard.isForeground()) {
            giveTerminal();
        } else {
            send(new Frame.Signal(Kernel.SIGCONT));
        }
    }

    private void passSignals() throws IOException {
        for (Integer number = signals.poll(); number != null; number = signals.poll()) {
            if (number == Kernel.SIGWINCH && keyboard.exists()) {
                sendWindow();
            } else if (number == Kernel.SIGCONT) {
                goOn();
            } else {
                send(new Frame.Signal(number));
            }
        }
    }

    private void sendWindow() throws IOException {
        Optional<Bytes> window = keyboard.window();
        if (window.isPresent()) {
            send(new Frame.Resize(window.get()));
        }
    }

    /** A sandbox that has just ended says so by itself. */
    private void send(Frame frame) throws IOException {
        out.data().clear();
        FrameWriter.write(frame, out.data());
        out.data().flip();
        try {
            out.sendFully(socket);
        } catch (PosixException e) {
            if (e.errno() != Kernel.EPIPE) {
                throw e;
            }
        }
    }

    /** The end of the sandbox hangs the terminal inside up; what was written to it before comes first. */
    private void printRest() throws PosixException {
        long end = System.nanoTime() + REST_MILLIS * 1_000_000L;
        while (keyboard.hasMaster()) {
            watch(MASTER, keyboard.master(), Poller.IN);
            watch(TTY, keyboard.tty(), 0);
            watch(SOCKET, socket, 0);
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            await((int) left);
            if (events[WAKE_UP] != 0) {
                wakeUp.drain();
            }
            if (events[MASTER] != 0 && keyboard.print() == 0) {
                watch(MASTER, keyboard.master(), 0);
                keyboard.closeMaster();
            }
        }
    }

    private synchronized void wake() {
        if (closed) {
            return;
        }
        try {
            wakeUp.signal();
        } catch (PosixException e) {
            throw new IllegalStateException("cannot wake the conversation", e);
        }
    }

    boolean isStopped() {
        return stopped;
    }

    /** Gives this process's terminal back, when the command has ended. */
    void restoreTerminal() {
        keyboard.restore();
    }

    /** Restores the terminal and the signals; the socket stays. */
    @Override
    public synchronized void close() {
        closed = true;
        keyboard.restore();
        handlers.ifPresent(Signals::close);
        keyboard.closeMaster();
        descriptors.forEach(Descriptors::close);
        poller.close();
        wakeUp.close();
    }
}
