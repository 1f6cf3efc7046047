package mayfly.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.ProcessEnd;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Spawn;

/**
 * One hook that runs: in a session of its own, so that all of it can be killed, with nothing to read and this process's
 * standard error for all that it prints. One thread starts it and waits; any may signal.
 */
final class HookProcess {
    private static final Bytes NULL_DEVICE = Bytes.utf8("/dev/null");
    private static final int STANDARD_ERROR = 2;

    private final int pid;
    private boolean running = true;
    private int interrupted;

    private HookProcess(int pid) {
        this.pid = pid;
    }

    /**
     * How it ended.
     *
     * @param end empty: it took too long and was killed
     * @param interrupted a signal that was passed to it
     */
    record End(Optional<ProcessEnd> end, OptionalInt interrupted) {}

    static HookProcess start(List<Bytes> words, List<Bytes> environment) throws IOException {
        int nothing = Descriptors.open(NULL_DEVICE, Kernel.O_RDONLY, 0);
        try {
            List<Integer> descriptors = List.of(nothing, STANDARD_ERROR, STANDARD_ERROR);
            return new HookProcess(
                    new Spawn(words.get(0), new ArrayList<>(words), environment, descriptors, Optional.empty(), true)
                            .start());
        } finally {
            Descriptors.close(nothing);
        }
    }

    /** Passes a signal on; a second one means it. */
    synchronized void interrupt(int signal) throws IOException {
        if (running) {
            Processes.kill(-pid, interrupted == 0 ? signal : Kernel.SIGKILL);
            interrupted = signal;
        }
    }

    /** Waits for its end, and ends what it has left running. */
    End await(Duration limit) throws IOException {
        boolean ended = false;
        int process = Processes.pidFd(pid);
        try (Poller poller = new Poller(1)) {
            poller.add(process, Poller.IN, 0);
            long deadline = System.nanoTime() + limit.toNanos();
            long left = limit.toMillis();
            while (!ended && left > 0) {
                ended = poller.await((int) left) > 0;
                left = (deadline - System.nanoTime()) / 1_000_000;
            }
        } finally {
            Descriptors.close(process);
        }
        return finish(ended);
    }

    private synchronized End finish(boolean inTime) throws IOException {
        running = false;
        // What it has left could use the root for ever; its process id is still nobody else's.
        Processes.kill(-pid, Kernel.SIGKILL);
        ProcessEnd end = Processes.await(pid);
        return new End(
                inTime ? Optional.of(end) : Optional.empty(),
                interrupted == 0 ? OptionalInt.empty() : OptionalInt.of(interrupted));
    }
}
