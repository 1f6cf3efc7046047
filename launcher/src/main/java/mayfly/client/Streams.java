package mayfly.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.client.Result.Captured;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Terminals;

/** The command's three descriptors, and the threads between them and this program. For one thread. */
final class Streams {
    private static final int CHUNK = 1 << 16;
    private static final Bytes NULL_DEVICE = Bytes.utf8("/dev/null");

    private final List<Integer> sent = new ArrayList<>();
    private final List<Integer> own = new ArrayList<>();
    private final List<Thread> feeders = new ArrayList<>();
    private final Drain[] drains = new Drain[3];
    private int open;
    private int terminals;

    Streams(Run run) throws MayflyException {
        try {
            input(run.input());
            output(1, run.output());
            output(2, run.errors());
        } catch (PosixException e) {
            closeSent();
            throw new MayflyException("cannot make the command's descriptors: " + e.getMessage());
        }
    }

    /** Bit N: descriptor N is sent along. */
    int open() {
        return open;
    }

    /** Bit N: descriptor N is this process's own and a terminal. */
    int terminals() {
        return terminals;
    }

    /** What to send, lowest number first. */
    List<Integer> sent() {
        return sent;
    }

    /** To be called once the descriptors have been sent: their other ends end when the command's do. */
    void closeSent() {
        own.forEach(Descriptors::close);
        own.clear();
    }

    void start() {
        feeders.forEach(Thread::start);
        for (Drain drain : drains) {
            if (drain != null) {
                drain.thread.start();
            }
        }
    }

    /** What was captured of descriptor 1 or 2, once nobody can write to it any more. */
    Captured finish(int number) throws MayflyException, InterruptedException {
        Drain drain = drains[number];
        return drain == null ? Captured.NOTHING : drain.finish();
    }

    private void input(Input input) throws PosixException {
        if (input instanceof Input.Inherited) {
            inherit(0);
        } else if (input instanceof Input.Nothing) {
            sendOwn(0, Descriptors.open(NULL_DEVICE, Kernel.O_RDONLY, 0));
        } else if (input instanceof Input.Given given) {
            feed(pipe -> write(pipe, given.bytes()));
        } else if (input instanceof Input.Streamed streamed) {
            feed(pipe -> copy(streamed.stream(), pipe));
        }
    }

    private void output(int number, Output output) throws PosixException {
        if (output instanceof Output.Inherited) {
            inherit(number);
        } else if (output instanceof Output.Discarded) {
            sendOwn(number, Descriptors.open(NULL_DEVICE, Kernel.O_WRONLY, 0));
        } else if (output instanceof Output.Captured captured) {
            drain(number, new Bounded(captured.limit()));
        } else if (output instanceof Output.Streamed streamed) {
            drain(number, streamed.stream());
        }
    }

    private void inherit(int number) {
        if (!CallersProcess.hasDescriptor(number)) {
            return;
        }
        if (Terminals.isTerminal(number)) {
            terminals |= 1 << number;
        } else {
            open |= 1 << number;
            sent.add(number);
        }
    }

    private void sendOwn(int number, int fd) {
        open |= 1 << number;
        sent.add(fd);
        own.add(fd);
    }

    private interface Feeder {
        void feed(int pipe) throws IOException;
    }

    private void feed(Feeder feeder) throws PosixException {
        int[] pipe = Descriptors.pipe();
        sendOwn(0, pipe[0]);
        feeders.add(thread("mayfly-stdin", () -> {
            try {
                feeder.feed(pipe[1]);
            } catch (PosixException e) {
                if (e.errno() != Kernel.EPIPE) { // the command need not read everything
                    throw new IllegalStateException("cannot write to a pipe", e);
                }
            } catch (IOException e) {
                throw new IllegalStateException("cannot read the stream for the command's input", e);
            } finally {
                Descriptors.close(pipe[1]);
            }
        }));
    }

    private static void write(int pipe, Bytes bytes) throws PosixException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(Math.min(CHUNK, Math.max(1, bytes.length())));
        for (int at = 0; at < bytes.length(); at += CHUNK) {
            chunk.clear();
            bytes.slice(at, Math.min(at + CHUNK, bytes.length())).putInto(chunk);
            Descriptors.writeFully(pipe, chunk.flip());
        }
    }

    private static void copy(InputStream from, int pipe) throws IOException {
        byte[] bytes = new byte[CHUNK];
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
            Descriptors.writeFully(pipe, chunk.clear().put(bytes, 0, count).flip());
        }
    }

    private void drain(int number, OutputStream sink) throws PosixException {
        int[] pipe = Descriptors.pipe();
        sendOwn(number, pipe[1]);
        drains[number] = new Drain(pipe[0], sink);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Keeps the first bytes. */
    private static final class Bounded extends OutputStream {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final int limit;
        private boolean truncated;

        Bounded(int limit) {
            this.limit = limit;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            int room = Math.min(length, limit - kept.size());
            kept.write(bytes, offset, room);
            truncated |= room < length;
        }
    }

    /** Reads one of the command's outputs to its end; the sink's failures do not stop the command. */
    private static final class Drain {
        private final Thread thread;
        private final OutputStream sink;
        private Optional<IOException> failure = Optional.empty();

        Drain(int fd, OutputStream sink) {
            this.sink = sink;
            this.thread = thread("mayfly-output", () -> run(fd));
        }

        private void run(int fd) {
            byte[] bytes = new byte[CHUNK];
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            try {
                while (Descriptors.read(fd, chunk.clear()) > 0) {
                    int count = chunk.flip().remaining();
                    chunk.get(bytes, 0, count);
                    put(bytes, count);
                }
                sink.flush();
            } catch (IOException e) {
                failure = Optional.of(e);
            } finally {
                Descriptors.close(fd);
            }
        }

        private void put(byte[] bytes, int count) {
            if (failure.isPresent()) {
                return;
            }
            try {
                sink.write(bytes, 0, count);
            } catch (IOException e) {
                failure = Optional.of(e);
            }
        }

        Captured finish() throws MayflyException, InterruptedException {
            thread.join();
            if (failure.isPresent()) {
                throw new MayflyException("cannot write the command's output: " + OwnProcess.reason(failure.get()));
            }
            return sink instanceof Bounded bounded
                    ? new Captured(Bytes.of(bounded.kept.toByteArray()), bounded.truncated)
                    : Captured.NOTHING;
        }
    }
}
