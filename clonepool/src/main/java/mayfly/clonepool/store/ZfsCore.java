package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;

/**
 * OpenZFS's library libzfs_core, in processes mayfly-zfs that stay for the next call: as many as there were calls at once, at
 * most {@value #MOST_IDLE} while there are none. They end with this process. Thread-safe.
 */
final class ZfsCore {
    private static final int MOST_IDLE = 4;
    private static final int MESSAGE_BYTES = 65_536;
    private static final int EVENT_KEY = 0;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String DONE = "done ";
    private static final String FAILED = "failed ";
    private static final Bytes NOTHING = Bytes.utf8("/dev/null");

    private final Bytes program;
    private final Deque<Helper> idle = new ArrayDeque<>();

    /** @param program mayfly-zfs */
    ZfsCore(Bytes program) {
        this.program = program;
    }

    /**
     * It did not end in time, or without an answer. What it was to do may be done much later, when the kernel lets go of it:
     * a signal does not end it before.
     */
    static final class UnfinishedException extends IOException {
        private static final long serialVersionUID = 1L;

        private UnfinishedException(String reason) {
            super(reason);
        }
    }

    /** @param properties {@code NAME=VALUE}; numbers for those of zfs itself, as in its source */
    void makeClone(String snapshot, String dataset, List<String> properties) throws IOException {
        List<String> words = new ArrayList<>(List.of("clone", snapshot, dataset));
        words.addAll(properties);
        call(Zfs.pool(dataset), words);
    }

    /**
     * Runs a channel program (zfs-program(8)) in one transaction group.
     *
     * @param words are argv
     * @return the text that it returns
     */
    String change(String pool, String script, List<String> words) throws IOException {
        return program("program", pool, script, words);
    }

    /** Runs a channel program that changes nothing, and waits for no transaction group. */
    String look(String pool, String script, List<String> words) throws IOException {
        return program("look", pool, script, words);
    }

    private String program(String verb, String pool, String script, List<String> arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of(verb, pool, script));
        words.addAll(arguments);
        return call(pool, words);
    }

    private String call(String pool, List<String> words) throws IOException {
        Zfs.checkPool(pool);
        ByteBuffer request = request(words);
        Helper helper = begin(request);
        String answer;
        try {
            answer = helper.answer(pool);
        } catch (IOException | RuntimeException | Error e) {
            helper.end();
            throw e;
        }
        keep(helper);
        return result(answer);
    }

    private static ByteBuffer request(List<String> words) throws IOException {
        byte[] bytes = (String.join("\0", words) + "\0").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MESSAGE_BYTES) {
            throw new IOException("too much for one call of ZFS");
        }
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** An idle one can have been ended by somebody. */
    private Helper begin(ByteBuffer request) throws IOException {
        while (true) {
            Optional<Helper> known;
            synchronized (this) {
                known = Optional.ofNullable(idle.pollLast());
            }
            Helper helper = known.isPresent() ? known.get() : new Helper(program);
            try {
                Descriptors.writeFully(helper.socket, request);
                return helper;
            } catch (PosixException e) {
                helper.end();
                boolean ended = e.errno() == Kernel.EPIPE || e.errno() == Kernel.ECONNRESET;
                if (known.isEmpty() || !ended) {
                    throw e;
                }
            }
        }
    }

    private void keep(Helper helper) throws IOException {
        synchronized (this) {
            if (idle.size() < MOST_IDLE) {
                idle.addLast(helper);
                return;
            }
        }
        helper.end();
    }

    /** A word that says how it went, a space, a text. */
    static String result(String answer) throws IOException {
        if (answer.startsWith(DONE)) {
            return answer.substring(DONE.length());
        }
        if (answer.startsWith(FAILED)) {
            throw new StoreException(answer.substring(FAILED.length()), "");
        }
        throw new IOException("mayfly-zfs answers " + answer);
    }

    /** A process mayfly-zfs. For one thread at a time. */
    private static final class Helper {
        private final int socket;
        private final int pid;
        private final Poller poller;
        private final ByteBuffer incoming = ByteBuffer.allocateDirect(MESSAGE_BYTES);

        Helper(Bytes program) throws IOException {
            int[] ends = Sockets.messagePair();
            try {
                poller = new Poller(1);
                try {
                    poller.add(ends[0], Poller.IN, EVENT_KEY);
                    pid = start(program, ends[1]);
                } catch (IOException | RuntimeException | Error e) {
                    poller.close();
                    throw e;
                }
            } catch (IOException | RuntimeException | Error e) {
                Descriptors.close(ends[0]);
                throw e;
            } finally {
                Descriptors.close(ends[1]);
            }
            socket = ends[0];
        }

        /** @param connection its descriptor 3 */
        private static int start(Bytes program, int connection) throws IOException {
            int nothing = Descriptors.open(NOTHING, Kernel.O_RDWR, 0);
            try {
                return new Spawn(
                                program,
                                List.of(program),
                                Program.ENVIRONMENT,
                                List.of(nothing, nothing, nothing, connection),
                                Optional.empty(),
                                true)
                        .start();
            } finally {
                Descriptors.close(nothing);
            }
        }

        String answer(String pool) throws IOException {
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (true) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new UnfinishedException(
                            "zfs took longer than " + LIMIT.toSeconds() + " s in the pool " + pool);
                }
                if (poller.await((int) left) > 0) {
                    break;
                }
            }
            incoming.clear();
            if (Descriptors.read(socket, incoming) <= 0) {
                throw new UnfinishedException("mayfly-zfs ended without an answer");
            }
            return StandardCharsets.UTF_8.decode(incoming.flip()).toString();
        }

        void end() throws IOException {
            poller.close();
            Descriptors.close(socket);
            Program.kill(pid);
        }
    }
}
