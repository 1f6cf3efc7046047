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
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;

/**
 * OpenZFS's library libzfs_core, in processes mayfly-zfs that stay for the next call: as many as there were calls at once, at
 * most {@value #MOST_IDLE} when there are none. They end with this process. Thread-safe.
 */
final class ZfsCore {
    private static final int MOST_IDLE = 32;
    private static final int MESSAGE_BYTES = 65_536;
    private static final String DONE = "done ";
    private static final String FAILED = "failed ";
    private static final String UNUSABLE = "unusable ";

    private final Bytes program;
    private final Duration limit;
    private final Deque<Helper> idle = new ArrayDeque<>();

    /**
     * @param program mayfly-zfs
     * @param limit how long a call may take
     */
    ZfsCore(Bytes program, Duration limit) {
        this.program = program;
        this.limit = limit;
    }

    /** A call that has not been answered: what it was to do may be done. */
    static final class UnfinishedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final boolean goesOn;

        private UnfinishedException(String reason, boolean goesOn) {
            super(reason);
            this.goesOn = goesOn;
        }

        /** Whether it may be done much later, when the kernel lets go of it: a signal does not end it before. */
        boolean goesOn() {
            return goesOn;
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
     * @param dataset any of the pool
     * @param words are argv
     * @return the text that it returns
     */
    String change(String dataset, String script, List<String> words) throws IOException {
        return program("program", dataset, script, words);
    }

    /** Runs a channel program that changes nothing but the pool's history, and waits for no transaction group. */
    String look(String dataset, String script, List<String> words) throws IOException {
        return program("look", dataset, script, words);
    }

    private String program(String verb, String dataset, String script, List<String> arguments) throws IOException {
        String pool = Zfs.pool(dataset);
        List<String> words = new ArrayList<>(List.of(verb, pool, script));
        words.addAll(arguments);
        return call(pool, words);
    }

    private String call(String pool, List<String> words) throws IOException {
        Zfs.checkPool(pool);
        ByteBuffer request = request(words);
        while (true) {
            Optional<Helper> known = known();
            Helper helper = known.isPresent() ? known.get() : new Helper(program);
            String answer;
            try {
                answer = helper.ask(request.rewind(), pool, limit);
            } catch (IOException | RuntimeException | Error e) {
                helper.kill(e);
                if (known.isPresent() && isUnread(e)) {
                    continue; // somebody has ended it while it was idle
                }
                throw e;
            }
            keep(helper);
            return result(answer);
        }
    }

    private static ByteBuffer request(List<String> words) throws IOException {
        byte[] bytes = (String.join("\0", words) + "\0\0").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MESSAGE_BYTES) {
            throw new IOException("too much for one call of ZFS");
        }
        return ByteBuffer.allocateDirect(bytes.length).put(bytes);
    }

    private synchronized Optional<Helper> known() {
        return Optional.ofNullable(idle.pollLast());
    }

    /** So says the kernel when the other end closes with something unread, or had closed before. */
    private static boolean isUnread(Throwable failure) {
        return failure instanceof PosixException posix
                && (posix.errno() == Kernel.EPIPE || posix.errno() == Kernel.ECONNRESET);
    }

    private void keep(Helper helper) {
        synchronized (this) {
            if (idle.size() < MOST_IDLE) {
                idle.addLast(helper);
                return;
            }
        }
        helper.close();
    }

    /** A word that says how it went, a space, a text. */
    static String result(String answer) throws IOException {
        if (answer.startsWith(DONE)) {
            return answer.substring(DONE.length());
        }
        if (answer.startsWith(FAILED)) {
            throw new StoreException(answer.substring(FAILED.length()), "");
        }
        if (answer.startsWith(UNUSABLE)) {
            throw new StoreException(answer.substring(UNUSABLE.length()), Zfs.INSTALL);
        }
        throw new IOException("mayfly-zfs answers " + answer);
    }

    /** A process mayfly-zfs. For one thread at a time. */
    private static final class Helper {
        private final int socket;
        private final int pid;
        private final ByteBuffer incoming = ByteBuffer.allocateDirect(MESSAGE_BYTES);

        Helper(Bytes program) throws IOException {
            int[] ends = Sockets.pair();
            try {
                pid = Spawn.helper(program, Program.ENVIRONMENT, ends[1]);
            } catch (PosixException e) {
                Descriptors.close(ends[0]);
                throw new StoreException(
                        "cannot start " + program + ": " + e.reason(), "install Mayfly again, or run make");
            } finally {
                Descriptors.close(ends[1]);
            }
            socket = ends[0];
        }

        String ask(ByteBuffer request, String pool, Duration limit) throws IOException {
            long deadline = System.nanoTime() + limit.toNanos();
            Descriptors.writeFully(socket, request);
            incoming.clear();
            try (Poller poller = new Poller(1)) {
                poller.add(socket, Poller.IN, 0);
                do {
                    long left = (deadline - System.nanoTime()) / 1_000_000;
                    if (left <= 0) {
                        throw new UnfinishedException(
                                "zfs took longer than " + limit.toSeconds() + " s in the pool " + pool, true);
                    }
                    if (poller.await((int) left) > 0 && Descriptors.read(socket, incoming) == 0) {
                        throw new UnfinishedException("mayfly-zfs ended without an answer", false);
                    }
                } while (incoming.position() == 0 || incoming.get(incoming.position() - 1) != 0);
            }
            incoming.flip().limit(incoming.limit() - 1);
            return StandardCharsets.UTF_8.decode(incoming).toString();
        }

        /** It ends when it finds its socket closed. */
        void close() {
            Descriptors.close(socket);
            Processes.reapLater(pid);
        }

        void kill(Throwable why) {
            Descriptors.close(socket);
            try {
                Processes.kill(-pid, Kernel.SIGKILL);
                Processes.reapLater(pid);
            } catch (IOException e) {
                why.addSuppressed(e);
            }
        }
    }
}
