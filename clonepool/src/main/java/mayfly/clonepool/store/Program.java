package mayfly.clonepool.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.ProcessEnd;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Spawn;
import mayfly.sandbox.root.Step;

/**
 * An external program with its arguments: no shell, no search path, nothing of this process's environment, a limited time
 * and a limited output.
 */
public final class Program {
    static final List<Bytes> ENVIRONMENT = List.of(Bytes.utf8("PATH=/usr/bin:/bin"), Bytes.utf8("LC_ALL=C"));
    private static final Pattern OWN_NAME = Pattern.compile("^/[^ :]*/(?=[^ :/]+: )");
    private static final int BUFFER_BYTES = 8192;
    private static final Bytes INPUT = Bytes.utf8("input");
    private static final Bytes NULL_DEVICE = Bytes.utf8("/dev/null");

    private final List<Bytes> words = new ArrayList<>();
    private final List<Bytes> environment = new ArrayList<>(ENVIRONMENT);
    private Bytes input = Bytes.empty();
    private Overdue overdue = new Overdue();
    private long uid;

    private Program(Bytes path) {
        words.add(path);
    }

    /** @param path absolute path of the program */
    public static Program at(Bytes path) {
        return new Program(path);
    }

    public static Program at(String path) {
        return at(Bytes.utf8(path));
    }

    /**
     * A program that mayfly-enter starts when it has taken these steps.
     *
     * @param enter path of mayfly-enter
     * @param program absolute path of the program
     */
    public static Program behind(Bytes enter, List<Step> steps, Bytes program) {
        Program whole = at(enter);
        whole.words.addAll(Step.beforeProgram(steps));
        return whole.with(program);
    }

    public Program with(String... arguments) {
        for (String argument : arguments) {
            words.add(Bytes.utf8(argument));
        }
        return this;
    }

    public Program with(Bytes... arguments) {
        words.addAll(List.of(arguments));
        return this;
    }

    /** A variable for it, beside the few that all have. */
    public Program variable(String name, Bytes value) {
        environment.add(Bytes.utf8(name + "=").plus(value));
        return this;
    }

    /** What it finds on its standard input; otherwise nothing. */
    public Program reading(Bytes text) {
        input = text;
        return this;
    }

    /** It uses files of this user's: it is begun only while not too many that did are overdue. */
    public Program on(long user, Overdue all) {
        uid = user;
        overdue = all;
        return this;
    }

    /**
     * What came of it.
     *
     * @param end how it ended; empty: it took too long and was killed
     * @param output the beginning of what it wrote
     * @param isWhole whether that is all
     * @param error the beginning of what it wrote on its standard error
     */
    public record Result(Optional<ProcessEnd> end, Bytes output, boolean isWhole, Bytes error) {
        public boolean succeeded() {
            return end.isPresent() && end.get().equals(new ProcessEnd.Exited(0));
        }

        /** Its exit status; empty: a signal ended it, or it took too long. */
        public OptionalInt exitStatus() {
            return end.isPresent() && end.get() instanceof ProcessEnd.Exited exited
                    ? OptionalInt.of(exited.code())
                    : OptionalInt.empty();
        }

        /** Why it did not succeed: the first line of its complaint, or else of its output, or how it ended. */
        public String failure() {
            if (end.isEmpty()) {
                return "it took too long";
            }
            Bytes said = error.text().isBlank() ? output : error;
            String line = said.text().lines().findFirst().orElse("").strip();
            return line.isEmpty()
                    ? "it ended with " + end.get()
                    : OWN_NAME.matcher(line).replaceFirst("");
        }
    }

    /**
     * Runs the program to its end.
     *
     * @param bound bytes of output, and of standard error, that are kept; more is thrown away
     */
    public Result run(Duration limit, int bound) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        overdue.check(uid);
        int nothing = standardInput();
        try (Stream output = new Stream(bound);
                Stream error = new Stream(bound)) {
            int pid = new Spawn(
                            words.get(0),
                            words,
                            environment,
                            List.of(nothing, output.pipe[1], error.pipe[1]),
                            Optional.of(Bytes.utf8("/")),
                            true)
                    .start();
            output.started();
            error.started();
            Optional<ProcessEnd> end = Optional.empty();
            try {
                if (read(output, error, deadline)) {
                    end = Processes.await(pid, deadline);
                }
            } finally {
                if (end.isEmpty()) {
                    Processes.kill(-pid, Kernel.SIGKILL);
                    overdue.begin(uid);
                    Processes.reapLater(pid, () -> overdue.end(uid));
                }
            }
            return new Result(end, output.kept(), output.isWhole, error.kept());
        } finally {
            Descriptors.close(nothing);
        }
    }

    /** A pipe that the program writes into, and the beginning of what it wrote: on the heap, as much as there is. */
    private static final class Stream implements AutoCloseable {
        private final int[] pipe = Descriptors.pipe();
        private final int bound;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean isWhole = true;

        Stream(int bound) throws PosixException {
            this.bound = bound;
        }

        /** The program alone writes from now on. */
        void started() {
            close(1);
        }

        /** Reads what is there; false at the end. */
        boolean read(ByteBuffer buffer) throws PosixException {
            int count = Descriptors.read(pipe[0], buffer.clear());
            byte[] bytes = new byte[Math.min(count, bound - kept.size())];
            buffer.flip().get(bytes);
            kept.writeBytes(bytes);
            isWhole = isWhole && bytes.length == count;
            return count > 0;
        }

        Bytes kept() {
            return Bytes.of(kept.toByteArray());
        }

        private void close(int end) {
            if (pipe[end] >= 0) {
                Descriptors.close(pipe[end]);
                pipe[end] = -1;
            }
        }

        @Override
        public void close() {
            close(0);
            close(1);
        }
    }

    private int standardInput() throws IOException {
        if (input.isEmpty()) {
            return Descriptors.open(NULL_DEVICE, Kernel.O_RDWR, 0);
        }
        int memory = Descriptors.sealedMemory(
                INPUT,
                ByteBuffer.allocateDirect(input.length()).put(input.toArray()).flip());
        try {
            Descriptors.rewind(memory);
            return memory;
        } catch (PosixException e) {
            Descriptors.close(memory);
            throw e;
        }
    }

    /** Reads until all writers have closed the pipes; false when that takes too long. */
    private static boolean read(Stream output, Stream error, long deadline) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        List<Stream> streams = List.of(output, error);
        int open = streams.size();
        try (Poller poller = new Poller(1)) {
            for (int i = 0; i < streams.size(); i++) {
                poller.add(streams.get(i).pipe[0], Poller.IN, i);
            }
            while (open > 0) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                if (poller.await((int) Math.min(left, Integer.MAX_VALUE)) > 0) {
                    Stream ready = streams.get((int) poller.key(0));
                    if (!ready.read(buffer)) {
                        poller.remove(ready.pipe[0]);
                        open--;
                    }
                }
            }
            return true;
        }
    }
}
