package mayfly.client;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.PosixException;

/**
 * Runs commands in throwaway roots. Each run has a connection to the service of its own; a service that is missing is
 * started. Thread-safe.
 */
public final class Mayfly implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Claimer claimer;
    private final Consumer<String> notices;
    private final Set<Running> running = ConcurrentHashMap.newKeySet();

    private Mayfly(Claimer claimer, Consumer<String> notices) {
        this.claimer = claimer;
        this.notices = notices;
    }

    /**
     * Uses the system's service where this user may, else the user's own; {@code MAYFLY_RUNTIME_DIR} names the only
     * place to look.
     */
    public static Mayfly connect() throws MayflyException {
        return connect(notice -> {});
    }

    /** The same; what is worth telling a person, such as that a service was started, goes to {@code notices}. */
    public static Mayfly connect(Consumer<String> notices) throws MayflyException {
        OwnProcess own = OwnProcess.observe();
        return in(ServicePlaces.forClient(Accounts.effectiveUid(), own.variables()), own, notices);
    }

    /** Uses the service in this directory. */
    public static Mayfly connect(Path runtimeDir) throws MayflyException {
        return in(List.of(NativePath.bytes(runtimeDir.toAbsolutePath())), OwnProcess.observe(), notice -> {});
    }

    private static Mayfly in(List<Bytes> places, OwnProcess own, Consumer<String> notices) {
        return new Mayfly(new Claimer(new ServiceFinder(places, new ServiceStarter(own.variables()))), notices);
    }

    /**
     * Runs a command and waits for its end. When the thread is interrupted the command gets SIGTERM and, 2 s later, its
     * sandbox ends.
     *
     * @throws MayflyException when the command could not be run; whatever it did itself is in the result
     */
    public Result run(Run run) throws MayflyException, InterruptedException {
        Running command = start(run);
        try {
            return command.await();
        } catch (InterruptedException e) {
            command.signal(Kernel.SIGTERM);
            command.await(GRACE);
            throw e;
        } finally {
            command.close();
        }
    }

    /** Starts a command; whoever does closes it. */
    public Running start(Run run) throws MayflyException {
        OwnProcess own = OwnProcess.observe();
        List<Bytes> words = run.words();
        Streams streams = new Streams(run);
        try {
            Lease lease = claimer.claim(words, own);
            try {
                return start(run, words, own, streams, lease);
            } catch (MayflyException | RuntimeException e) {
                lease.close();
                throw e;
            }
        } finally {
            streams.closeSent();
        }
    }

    private Running start(Run run, List<Bytes> words, OwnProcess own, Streams streams, Lease lease)
            throws MayflyException {
        Frame.Claimed claimed = lease.claimed();
        if (claimed.statusFd().isPresent()) {
            StatusLine.check(claimed.statusFd().getAsInt());
        }
        tell(lease);
        HookVariables named = run.hooks() ? HookVariables.of(own.variables()) : HookVariables.none();
        if (!named.isEmpty() && (claimed.flags() & Protocol.FLAG_SESSION) != 0) {
            throw new MayflyException(
                    MayflyException.FAILED,
                    "cannot run hooks in a session: other commands have changed its root, or do so meanwhile",
                    "unset PRE_SPAWN_HOOK and POST_SPAWN_HOOK, or run the command without a session");
        }
        CallersHooks hooks = new CallersHooks(named, own, claimed.flags(), notices);
        try {
            Keyboard keyboard = new Keyboard(streams.terminals());
            Frame.Run frame = RunFrame.of(words, claimed, own, streams, keyboard);
            MessageBuffer buffer = new MessageBuffer(RunFrame.size(frame));
            FrameWriter.write(frame, buffer.data());
            Conversation conversation = new Conversation(lease.sandbox(), keyboard, frame.defer());
            boolean started = false;
            try {
                if (run.foreground()) {
                    conversation.standForCommand(own.ignored(), hooks::interrupt);
                }
                hooks.begin(lease.sandbox());
                send(buffer, streams, lease.sandbox());
                if (keyboard.exists() && !frame.defer()) {
                    keyboard.take();
                }
                Running command = new Running(lease, conversation, streams, hooks, running);
                command.start();
                started = true;
                return command;
            } finally {
                if (!started) {
                    conversation.close();
                    hooks.close();
                }
            }
        } catch (IOException e) {
            throw new MayflyException("cannot send the command to its sandbox: " + OwnProcess.reason(e));
        }
    }

    /** A sandbox that does not take the command says why, or ends: the conversation learns it. */
    private static void send(MessageBuffer buffer, Streams streams, int socket) throws PosixException {
        buffer.data().flip();
        streams.sent().forEach(buffer::attach);
        try {
            buffer.sendFully(socket);
        } catch (PosixException e) {
            if (e.errno() != Kernel.EPIPE) {
                throw e;
            }
        }
    }

    private void tell(Lease lease) {
        int flags = lease.claimed().flags();
        if (lease.startedService() && (flags & Protocol.FLAG_QUIET) == 0) {
            notices.accept("started a service for this user; it ends when it has been idle");
        }
        if ((flags & Protocol.FLAG_TRACE) != 0) {
            lease.claimed().notes().forEach(notices);
        }
    }

    /** The running service's state, as {@code mayfly pool status --json} prints it. Starts none. */
    public String status() throws MayflyException {
        return claimer.ask("{\"ask\":\"status\"}");
    }

    /** The running service's templates, as {@code mayfly template list --json} prints them. Starts none. */
    public String templates() throws MayflyException {
        return claimer.ask("{\"ask\":\"templates\"}");
    }

    /** The running service's sessions, as {@code mayfly session list --json} prints them. Starts none. */
    public String sessions() throws MayflyException {
        return claimer.ask("{\"ask\":\"sessions\"}");
    }

    /** Orders to the running service. Starts none. {@code progress} is told how far it is with what takes long. */
    public Administration administration(Consumer<Progress> progress) {
        return new Administration(claimer, progress);
    }

    /** Has the running service end and waits until it has; commands go on. False when none runs. */
    public boolean stopService() throws MayflyException {
        return claimer.stop();
    }

    /** Ends the commands that still run. */
    @Override
    public void close() {
        running.forEach(Running::close);
    }
}
