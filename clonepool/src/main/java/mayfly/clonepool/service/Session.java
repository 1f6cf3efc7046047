package mayfly.clonepool.service;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.desktop.Share;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.options.SessionWish.Manner;
import org.jspecify.annotations.Nullable;

/** A session, from the claim that starts it to the end of its sandbox. Belongs to the door's thread. */
final class Session {
    /** In the order in which a session goes through them. */
    enum State {
        /** A claim waits for its sandbox, or for mayfly-init's word that it serves. */
        STARTING,
        /** Commands can run in it. */
        SERVING,
        /** It was told to end, or nobody listens in it any more; its sandbox is still there. */
        ENDING
    }

    /**
     * A claim of a command in it.
     *
     * @param login which the claim stands for
     */
    record Wish(Connection connection, RunRequest request, Frame.Claim frame, Optional<Login> login) {
        /** Whether it has no command, and is to have one. */
        boolean wantsShell() {
            return request.session().orElseThrow().manner() != Manner.START && ClaimReader.hasNoCommand(request, frame);
        }
    }

    final SessionRecord.Key key;
    /** Until it serves. */
    Optional<Wish> starter;

    final Map<Connection, Wish> waiting = new LinkedHashMap<>();
    /** With the number of the command; none for who has only started the session. */
    final Map<Connection, OptionalLong> inside = new HashMap<>();
    /** How commands of such numbers have ended whose clients are still there. */
    private final Map<Long, Frame.Finished> finished = new HashMap<>();

    private long commands;

    /** Who has asked for its end. */
    final List<Connection> endAsked = new ArrayList<>();

    State state = State.STARTING;
    /** Whether it was told to end. */
    boolean toldToEnd;
    /** When its time is over, and what mayfly-init may take to end it, in ns. */
    long killAt;
    /** Where it was told to end; -1: nowhere. Kept until it has ended, so that the word is not lost. */
    int farewell = -1;
    /** The process that it ends with; -1: there is none, or it has ended. */
    int login = -1;

    Optional<Share> share = Optional.empty();
    long idleSince = System.nanoTime();
    private @Nullable SessionRecord record;
    private Optional<Sandbox> sandbox = Optional.empty();
    private int pidFd = -1;
    private int socket = -1;

    /** One that the claim starts. */
    Session(SessionRecord.Key key, Wish starter) {
        this.key = key;
        this.starter = Optional.of(starter);
    }

    /** One that an earlier service has started. */
    Session(SessionRecord record, int pidFd) {
        this.key = record.key();
        this.starter = Optional.empty();
        this.record = record;
        this.pidFd = pidFd;
        this.state = State.SERVING;
    }

    void begin(SessionRecord known, Sandbox own) {
        record = known;
        sandbox = Optional.of(own);
        pidFd = own.pidFd();
        socket = own.socket();
    }

    /** The number of the next command; nobody learns from it what others run. */
    OptionalLong nextCommand() {
        return OptionalLong.of(++commands);
    }

    /** Its mayfly-init has said this. Of a command that nobody waits for nothing is kept, and what is said first counts. */
    void hear(List<Frame.Finished> told) {
        for (Frame.Finished each : told) {
            if (each.command().isPresent() && inside.containsValue(each.command())) {
                finished.putIfAbsent(each.command().getAsLong(), each);
            }
        }
    }

    /** The client has gone; how its command has ended, where that was said. */
    Optional<Frame.Finished> leave(Connection connection) {
        OptionalLong command = inside.remove(connection);
        return command == null || command.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(finished.remove(command.getAsLong()));
    }

    /** The socket of its mayfly-init, for whoever closes it; -1 when it has been taken already. */
    int takeSocket() {
        int taken = socket;
        socket = -1;
        return taken;
    }

    /** Whether it has a sandbox. */
    boolean hasBegun() {
        return record != null;
    }

    SessionRecord record() {
        if (record == null) {
            throw new IllegalStateException("a session without a sandbox");
        }
        return record;
    }

    /** Empty for one that an earlier service has started. */
    Optional<Sandbox> sandbox() {
        return sandbox;
    }

    /** Of its sandbox's outermost process. */
    int pidFd() {
        return pidFd;
    }
}
