package mayfly.clonepool.service;

import java.util.Optional;
import mayfly.clonepool.audit.Words;
import mayfly.clonepool.desktop.Share;
import mayfly.clonepool.service.ClaimReader.Claim;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import org.jspecify.annotations.Nullable;

/** A client's connection: what it waits for and what it has. Belongs to the door's thread. */
final class Connection {
    /** In the order in which a connection goes through them; some are skipped. */
    enum State {
        /** Its request is not complete. */
        READING,
        /** The session that it wants is being started, or is ending; or its user's shell or login is being looked up. */
        AWAITS_SESSION,
        /** What it gets of its caller's desktop is being found. */
        AWAITS_DESKTOP,
        /** Its user's shell is being looked up. */
        AWAITS_SHELL,
        /** It waits until the limits permit one more sandbox. */
        AWAITS_ROOM,
        /** It waits for a sandbox of its shape. */
        AWAITS_SANDBOX,
        /** A hook runs in the sandbox that it will have. */
        AWAITS_HOOK,
        /** It has a sandbox, but for its binds. */
        AWAITS_BINDS,
        /** Its sandbox is about to serve as a session. */
        AWAITS_SERVING,
        /** It waits for an answer that takes long. */
        AWAITS_ANSWER,
        /** It has a sandbox. */
        LEASED,
        /** It runs a command in a session. */
        IN_SESSION,
        /** Nothing more to say. */
        CLOSED
    }

    private int fd;
    private final long uid;
    private final long gid;
    private final int pid;
    private final Caller caller;
    private final long since = System.nanoTime();
    private State state = State.READING;
    private Optional<RefusedException> objection = Optional.empty();
    private byte[] beginning = new byte[0];
    private int pieces;
    private @Nullable Claim claim;
    private @Nullable Sandbox sandbox;
    private Words words = Words.none();
    private int kept;
    private long claimed;
    private Optional<Share> share = Optional.empty();

    /**
     * @param uid who connected
     * @param gid its group
     * @param pid the process that did; 0: it is not visible here
     * @param caller whom it is served as
     */
    Connection(int fd, long uid, long gid, int pid, Caller caller) {
        this.fd = fd;
        this.uid = uid;
        this.gid = gid;
        this.pid = pid;
        this.caller = caller;
    }

    /** Its request will be refused, unless this is empty. */
    void turnAway(Optional<RefusedException> why) {
        objection = why;
    }

    Optional<RefusedException> objection() {
        return objection;
    }

    int fd() {
        return fd;
    }

    /** The descriptor, for whoever closes it; from now on the connection has none. */
    int takeFd() {
        int taken = fd;
        fd = -1;
        return taken;
    }

    /** Whether its descriptor is closed, or about to be: true from before the state {@link State#CLOSED} on. */
    boolean isClosed() {
        return fd < 0;
    }

    long uid() {
        return uid;
    }

    long gid() {
        return gid;
    }

    int pid() {
        return pid;
    }

    /** When it was let in, as {@link System#nanoTime} has it. */
    long since() {
        return since;
    }

    /** The command that it asks for is this. */
    void says(Words command) {
        words = command;
    }

    /** That command, which the connection forgets. */
    Words takeWords() {
        Words taken = words;
        words = Words.none();
        return taken;
    }

    Caller caller() {
        return caller;
    }

    /** Whether it is root's or that of the service's own user: they may do everything, and see all. */
    boolean isMasters() {
        return uid == 0 || uid == Accounts.effectiveUid();
    }

    State state() {
        return state;
    }

    void enter(State next) {
        if (next.compareTo(state) <= 0) {
            throw new IllegalStateException("a connection cannot go from " + state + " to " + next);
        }
        state = next;
    }

    /** The bytes of a request that has not come completely. */
    byte[] beginning() {
        return beginning;
    }

    void keep(byte[] bytes) {
        beginning = bytes;
        pieces++;
    }

    /** In how many pieces it has come. */
    int pieces() {
        return pieces;
    }

    Claim claim() {
        if (claim == null) {
            throw new IllegalStateException("no claim");
        }
        return claim;
    }

    /**
     * @param bytes what is kept of it
     * @param now when it was made, in ns
     */
    void claims(Claim made, int bytes, long now) {
        claim = made;
        kept = bytes;
        claimed = now;
    }

    /** Something is kept of it that is no claim yet, so many bytes. */
    void keeps(int bytes) {
        kept = bytes;
    }

    /** Lets the claim go; how many bytes were kept of it. */
    int forgetClaim() {
        claim = null;
        int bytes = kept;
        kept = 0;
        return bytes;
    }

    /** The claim with what it gets of its caller's desktop. */
    void shares(Claim extended, Share given) {
        claim = extended;
        share = Optional.of(given);
    }

    /** What the run was given; whoever takes it has to remove it. */
    Optional<Share> takeShare() {
        Optional<Share> taken = share;
        share = Optional.empty();
        return taken;
    }

    long claimedAt() {
        return claimed;
    }

    Optional<Sandbox> sandbox() {
        return Optional.ofNullable(sandbox);
    }

    /** Its sandbox is there, and is being prepared. */
    void prepare(Sandbox prepared) {
        enter(State.AWAITS_HOOK);
        sandbox = prepared;
    }

    void lease(Sandbox leased) {
        enter(State.LEASED);
        sandbox = leased;
    }

    void sandboxEnded() {
        sandbox = null;
    }
}
