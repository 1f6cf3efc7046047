package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Overdue;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Counts;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;
import org.jspecify.annotations.Nullable;

/**
 * Has binds mounted into sandboxes that are parked already, by mayfly-binder, which root's service alone can use. For the
 * door's thread.
 */
final class Binder {
    /** Longer than mayfly-binder takes at most. */
    private static final Duration LIMIT = Duration.ofSeconds(8);

    /** A user's sources can keep a process of the binder's waiting: others have some left. */
    private static final int MOST_OF_ONE = 16;

    private static final List<Bytes> ENVIRONMENT = List.of(Bytes.utf8("PATH=/usr/bin:/bin"));
    private static final FrameReader FROM_BINDER = FrameReader.from(Sender.BINDER_AT_SERVICE);
    private static final String CANNOT = "cannot bind into the sandbox";

    /** Who waits for it. */
    interface Waiter {
        /** Whether the sandbox is still there and somebody waits for it. */
        boolean isWanted();

        void bound();

        /** Something of it may be mounted: the sandbox is of no use any more. */
        void failed(RefusedException why);
    }

    private final EventLoop loop;
    private final Bytes program;
    private final Bytes root;
    private final MessageBuffer outgoing = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.DOOR_FRAME_BYTES);
    private final ByteBuffer incoming = ByteBuffer.allocateDirect(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
    private final Deadlines<Pending> pending = new Deadlines<>(LIMIT);
    private final Counts<Long> busy = new Counts<>();

    /** Whose processes have not ended in their time: only the kernel keeps one so long, in a call to a user's file system. */
    private final Counts<Long> overdue = new Counts<>();

    private final Deque<Queued> queue = new ArrayDeque<>();
    private int socket = -1;
    private int pid;

    /**
     * @param program mayfly-binder
     * @param root where mayfly-enter puts roots together
     */
    Binder(EventLoop loop, Bytes program, Bytes root) {
        this.loop = loop;
        this.program = program;
        this.root = root;
    }

    private record Queued(Sandbox sandbox, Caller caller, List<Bind> binds, boolean followsLinks, Waiter waiter) {}

    private record Pending(int reply, long uid, Waiter waiter) {
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /**
     * Mounts them in their order; the waiter is told, but not before this returns.
     *
     * @param followsLinks whether symbolic links may lead to the sources
     */
    void bind(Sandbox sandbox, Caller caller, List<Bind> binds, boolean followsLinks, Waiter waiter)
            throws RefusedException {
        if (binds.size() > Protocol.BINDS_COUNT) {
            throw new RefusedException(CANNOT + ": there are more than " + Protocol.BINDS_COUNT + " binds");
        }
        Queued queued = new Queued(sandbox, caller, binds, followsLinks, waiter);
        if (mayBegin(caller.uid())) {
            begin(queued);
        } else if (mayWait(caller.uid())) {
            queue.add(queued);
        } else {
            throw allOverdue();
        }
    }

    private void begin(Queued queued) throws RefusedException {
        Sandbox sandbox = queued.sandbox();
        Backend backend = Backend.named(sandbox.shape().backend());
        Frame.Bind frame = new Frame.Bind(
                queued.caller(),
                backend.maker(sandbox.shape()),
                sandbox.directory().isPresent() ? Optional.empty() : Optional.of(backend.rootOutside(root)),
                queued.binds(),
                queued.followsLinks());
        try {
            int[] ends = Sockets.pair();
            try {
                send(frame, sandbox.pidFd(), ends[1]);
                Pending asked = new Pending(ends[0], queued.caller().uid(), queued.waiter());
                loop.watch(asked.reply(), Poller.IN | Poller.PEER_CLOSED, events -> answered(asked));
                pending.add(asked, System.nanoTime());
                busy.add(asked.uid());
            } catch (IOException e) {
                Descriptors.close(ends[0]);
                throw e;
            } finally {
                Descriptors.close(ends[1]);
            }
        } catch (IOException e) {
            throw new RefusedException(CANNOT + ": " + Failure.reason(e));
        }
    }

    private void send(Frame.Bind frame, int sandbox, int reply) throws IOException {
        if (socket < 0) {
            start();
        }
        try {
            sendOnce(frame, sandbox, reply);
        } catch (PosixException e) {
            if (e.errno() != Kernel.EPIPE && e.errno() != Kernel.ECONNRESET) {
                throw e;
            }
            close(); // it has ended: another one
            start();
            sendOnce(frame, sandbox, reply);
        }
    }

    private void sendOnce(Frame.Bind frame, int sandbox, int reply) throws IOException {
        ByteBuffer data = outgoing.data().clear();
        FrameWriter.write(frame, data);
        data.flip();
        outgoing.detach();
        outgoing.attach(sandbox);
        outgoing.attach(reply);
        if (outgoing.send(socket) < 0) {
            throw new IOException("too many others wait for theirs");
        }
    }

    private void start() throws IOException {
        int[] ends = Sockets.messagePair();
        try {
            Descriptors.setNonBlocking(ends[0], true);
            pid = Spawn.helper(program, ENVIRONMENT, ends[1]);
            socket = ends[0];
        } catch (IOException e) {
            Descriptors.close(ends[0]);
            throw e;
        } finally {
            Descriptors.close(ends[1]);
        }
    }

    private void close() throws IOException {
        Descriptors.close(socket);
        socket = -1;
        Processes.kill(pid, Kernel.SIGKILL);
        Processes.reapLater(pid);
    }

    private void answered(Pending asked) throws IOException {
        Optional<RefusedException> failure;
        try {
            failure = failure(asked.reply());
        } catch (IOException e) {
            failure = Optional.of(new RefusedException(CANNOT + ": " + Failure.reason(e)));
        }
        finish(asked);
        if (failure.isPresent()) {
            asked.waiter().failed(failure.get());
        } else {
            asked.waiter().bound();
        }
        next();
    }

    private Optional<RefusedException> failure(int reply) throws IOException {
        incoming.clear();
        int count = Descriptors.read(reply, incoming);
        incoming.flip();
        // It comes in one piece: the binder sends it with one call, and the socket is empty.
        if (count == 0 || FROM_BINDER.complete(incoming) < 0) {
            return Optional.of(new RefusedException(
                    CANNOT + ": that took too long", "a source may be on a file system that does not answer"));
        }
        if (FROM_BINDER.read(incoming) instanceof Frame.Bound bound) {
            return bound.failure().map(why -> new RefusedException(OneLine.of(why.text())));
        }
        throw new ProtocolException("an answer that is none");
    }

    private void finish(Pending asked) throws IOException {
        pending.remove(asked);
        busy.remove(asked.uid());
        loop.forget(asked.reply());
        Descriptors.close(asked.reply());
    }

    /** Nobody waits for it any more. It has the other end of its socket until it ends, and counts. */
    private void giveUp(Pending late) throws IOException {
        busy.remove(late.uid());
        overdue.add(late.uid());
        loop.forget(late.reply());
        loop.watch(late.reply(), Poller.IN | Poller.PEER_CLOSED, events -> {
            overdue.remove(late.uid());
            loop.forget(late.reply());
            Descriptors.close(late.reply());
        });
    }

    /** Begins with those whose users have fewer under way than they may. */
    private void next() {
        for (Iterator<Queued> each = queue.iterator(); each.hasNext(); ) {
            Queued queued = each.next();
            if (!queued.waiter().isWanted()) {
                each.remove();
                queued.waiter().failed(new RefusedException(CANNOT + ": nobody waits for it"));
            } else if (mayBegin(queued.caller().uid())) {
                each.remove();
                try {
                    begin(queued);
                } catch (RefusedException e) {
                    queued.waiter().failed(e);
                }
            } else if (!mayWait(queued.caller().uid())) {
                each.remove();
                queued.waiter().failed(allOverdue());
            }
        }
    }

    private boolean mayBegin(long uid) {
        return busy.of(uid) + overdue.of(uid) < MOST_OF_ONE;
    }

    /** Whether one is under way, which will end and leave room for the next. */
    private boolean mayWait(long uid) {
        return busy.of(uid) > 0;
    }

    private static RefusedException allOverdue() {
        return new RefusedException(
                CANNOT + ": " + MOST_OF_ONE + " earlier ones of yours have been given up and do not end",
                Overdue.REMEDY);
    }

    long left(long now) {
        return pending.left(now);
    }

    void tick(long now) throws IOException {
        for (Optional<Pending> late = pending.expired(now); late.isPresent(); late = pending.expired(now)) {
            // One that takes requests answers or ends before: its processes that did were killed.
            if (socket >= 0) {
                close();
            }
            giveUp(late.get());
            late.get().waiter().failed(new RefusedException(CANNOT + ": nothing answers"));
            next();
        }
    }
}
