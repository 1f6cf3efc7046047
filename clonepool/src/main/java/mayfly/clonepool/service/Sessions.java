package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.desktop.Share;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.clonepool.service.Connection.State;
import mayfly.clonepool.service.Door.Sent;
import mayfly.clonepool.service.Session.Wish;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Snapshot;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.TimeSpan;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.options.SessionWish;
import mayfly.sandbox.options.SessionWish.Manner;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.ProcessIdentity;
import mayfly.sandbox.posix.Processes;

/**
 * The sessions: sandboxes that are kept under a name, so that several commands share one clone. Its mayfly-init serves a
 * session from its start on; the service connects clients with it and knows when it ends, no more, so sessions go on
 * without a service. For the door's thread.
 */
final class Sessions {
    /** How long mayfly-init may take to end when it was told to. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** How long it may take to serve. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** How long it may take to end by itself when the session's time is over; it could have been stopped from outside. */
    private static final Duration OVERTIME = Duration.ofSeconds(10);

    private static final FrameReader FROM_INIT = FrameReader.from(Sender.INIT_AT_SANDBOX);

    /** Who has sandboxes for them, and what is kept of clients that wait. */
    interface Host {
        /** The claim is one like any other until its sandbox is there: then {@link Sessions#begin}. */
        void start(Connection connection, RunRequest request, Frame.Claim frame) throws RefusedException;

        /** That of the client's user; empty when it has to be looked up: {@code then} runs when it has been, unless he has gone. */
        Optional<Bytes> shell(Connection connection, Runnable then);

        /** Keeps the client waiting, in the state, as long as it may; the state may be its own already. */
        void wait(Connection connection, State state, Frame.Claim frame) throws RefusedException;

        /** It runs a command in the session from now on, that of this number. */
        void entered(Connection connection, RunRequest request, SessionRecord session, long command);

        /** It waits no more. */
        void resume(Connection connection);

        /** The sandbox has to end. */
        void kill(Sandbox sandbox);

        /** One that an earlier service has started is counted, or has ended. */
        void adopted(long uid, boolean there);

        void forget(Share share);
    }

    private final EventLoop loop;
    private final Door door;
    private final ClaimReader reader;
    private final SessionFiles files;
    private final Telling telling;
    private final Supplier<Limits.Sessions> limits;
    private final Host host;
    private final Log log;
    private final Map<SessionRecord.Key, Session> sessions =
            new TreeMap<>(Comparator.comparingLong(SessionRecord.Key::uid).thenComparing(SessionRecord.Key::name));
    private final Map<Connection, Session> of = new HashMap<>();
    private final Map<Sandbox, Session> bySandbox = new HashMap<>();
    private final Deadlines<Session> late = new Deadlines<>(GRACE);
    private final Deadlines<Session> starting = new Deadlines<>(LIMIT);
    private final Queue<Session> times = new PriorityQueue<>((a, b) -> Long.signum(a.killAt - b.killAt));
    /** Those of which it cannot be told whether they live. */
    private final Set<SessionRecord.Key> unclear = new HashSet<>();

    private final MessageBuffer buffer = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);

    /** @param limits as they are now */
    Sessions(
            EventLoop loop,
            Door door,
            ClaimReader reader,
            SessionFiles files,
            Telling telling,
            Supplier<Limits.Sessions> limits,
            Host host,
            Log log) {
        this.loop = loop;
        this.door = door;
        this.reader = reader;
        this.files = files;
        this.telling = telling;
        this.limits = limits;
        this.host = host;
        this.log = log;
    }

    /** Takes over what earlier services have started and what still lives; to be called once, first. */
    void adoptAll() {
        try {
            for (SessionRecord known : files.read()) {
                adopt(known);
            }
        } catch (IOException e) {
            log.line("cannot find out which sessions there are: " + Failure.reason(e));
        }
    }

    private void adopt(SessionRecord known) {
        try {
            OptionalInt pidFd = living(known);
            if (pidFd.isEmpty()) {
                files.remove(known.key());
                return;
            }
            Session session = new Session(known, pidFd.getAsInt());
            loop.watch(session.pidFd(), Poller.IN, events -> adoptedEnded(session));
            sessions.put(known.key(), session);
            host.adopted(known.key().uid(), true);
            limit(session, known);
            adoptLogin(session);
        } catch (IOException e) {
            // It may live: its files stay, and nothing takes their place.
            unclear.add(known.key());
            log.line("cannot find out whether session " + known.key().name() + " of user "
                    + known.key().uid() + " lives: " + Failure.reason(e));
        }
    }

    private void adoptLogin(Session session) {
        try {
            endWithLogin(session);
        } catch (IOException e) {
            log.line("cannot find out whether the login of session " + session.key.name() + " of user "
                    + session.key.uid() + " goes on: " + Failure.reason(e));
            end(session);
        }
    }

    /** Has it killed some time after its own limit, whatever keeps mayfly-init from ending it. */
    private void limit(Session session, SessionRecord known) {
        long age = Math.max(0, System.currentTimeMillis() - known.since());
        long left = TimeUnit.SECONDS.toNanos(known.time()) - TimeUnit.MILLISECONDS.toNanos(age);
        session.killAt = System.nanoTime() + left + OVERTIME.toNanos();
        times.add(session);
    }

    /**
     * A descriptor of the outermost process, if it still has the clone's lock.
     *
     * @throws IOException when that cannot be found out
     */
    private static OptionalInt living(SessionRecord known) throws IOException {
        try {
            int lock = Descriptors.open(known.lock(), Kernel.O_RDONLY | Kernel.O_NOFOLLOW, 0);
            try {
                if (Descriptors.tryLock(lock)) {
                    return OptionalInt.empty();
                }
            } finally {
                Descriptors.close(lock);
            }
            return Processes.pidFd(known.process());
        } catch (PosixException e) {
            if (e.errno() == Kernel.ENOENT) {
                return OptionalInt.empty(); // the clone has been destroyed
            }
            throw e;
        }
    }

    /** A claim that names a session. */
    void claim(Wish wish) {
        Connection connection = wish.connection();
        try {
            Optional<Bytes> shell = Optional.empty();
            if (wish.wantsShell()) {
                shell = shell(wish, () -> {
                    if (connection.state() == State.AWAITS_SESSION) {
                        host.resume(connection);
                        claim(wish);
                    }
                });
                if (shell.isEmpty()) {
                    host.wait(connection, State.AWAITS_SESSION, wish.frame());
                    return;
                }
            }
            claim(wish, wish.request().session().orElseThrow(), shell);
        } catch (RefusedException e) {
            door.refuse(connection, e);
        }
    }

    /** That of the login, or of the user; empty when that has to be looked up: {@code then} runs when it has been. */
    private Optional<Bytes> shell(Wish wish, Runnable then) {
        return wish.login().isPresent() ? wish.login().map(Login::shell) : host.shell(wish.connection(), then);
    }

    private void claim(Wish wish, SessionWish wanted, Optional<Bytes> shell) throws RefusedException {
        SessionRecord.Key key = new SessionRecord.Key(wish.connection().caller().uid(), wanted.name());
        if (unclear.contains(key)) {
            throw new RefusedException(
                    "cannot use session " + key.name() + ": it could not be found out whether it lives",
                    "the service's log says why; the next service tries again");
        }
        Session session = sessions.get(key);
        Session.State state = session == null ? Session.State.ENDING : session.state;
        if (wanted.manner() == Manner.EXEC && state == Session.State.ENDING) {
            throw none("run in", wanted.name());
        }
        if (wanted.manner() == Manner.START && state != Session.State.ENDING) {
            throw new RefusedException(
                    "cannot start session " + wanted.name() + ": it is there already",
                    "mayfly session exec " + wanted.name() + " -- COMMAND runs in it; mayfly session end ends it");
        }
        if (session == null) {
            start(key, wish, wanted);
        } else if (state == Session.State.SERVING) {
            enter(session, wish, shell);
        } else {
            host.wait(wish.connection(), State.AWAITS_SESSION, wish.frame());
            session.waiting.put(wish.connection(), wish);
            of.put(wish.connection(), session);
        }
    }

    private static RefusedException none(String verb, String name) {
        return new RefusedException(
                "cannot " + verb + " session " + name + ": there is no session of this name",
                "mayfly session start " + name + " starts it; mayfly session list shows those that you have");
    }

    private void start(SessionRecord.Key key, Wish wish, SessionWish wanted) throws RefusedException {
        Limits.Sessions now = limits.get();
        checkTime("--idle", wanted.idle(), now.idleMost());
        checkTime("--time", wanted.time(), now.timeMost());
        long own = sessions.keySet().stream()
                .filter(other -> other.uid() == key.uid())
                .count();
        if (own >= now.perUser()) {
            throw new RefusedException(
                    "cannot start session " + key.name() + ": " + own
                            + " sessions are there, the limit of [limits] sessions-per-user",
                    "end one (mayfly session list shows them), or raise the limit in mayfly.toml");
        }
        Session session = new Session(key, wish);
        sessions.put(key, session);
        of.put(wish.connection(), session);
        host.start(wish.connection(), wish.request(), wish.frame());
    }

    private static void checkTime(String option, OptionalLong asked, long most) throws RefusedException {
        if (asked.isPresent() && asked.getAsLong() > most) {
            throw new RefusedException(
                    "cannot start a session with " + option + " " + TimeSpan.word(asked.getAsLong()) + ": the most is "
                            + TimeSpan.word(most),
                    "ask for less, or raise session-" + option.substring(2) + "-max of [limits] in mayfly.toml");
        }
    }

    /** The sandbox for a session is there, with all that its claim has asked for: it is the session's from now on. */
    void begin(Connection connection, Sandbox sandbox) throws IOException, RefusedException {
        Session session = of.get(connection);
        if (session == null) {
            throw new IllegalStateException("no session is started");
        }
        Wish starter = session.starter.orElseThrow();
        session.share = connection.takeShare();
        try {
            serve(session, sandbox, starter.request());
        } catch (IOException e) {
            if (!session.hasBegun()) {
                session.share.ifPresent(host::forget);
                files.remove(session.key);
            }
            throw e;
        }
        host.wait(connection, State.AWAITS_SERVING, starter.frame());
    }

    private void serve(Session session, Sandbox sandbox, RunRequest request) throws IOException {
        SessionRecord known = record(session, sandbox, request);
        int listener = files.listen(session.key);
        try {
            files.write(known);
            // From here on it is one, also for the next service.
            session.begin(known, sandbox);
            bySandbox.put(sandbox, session);
            starting.add(session, System.nanoTime());
            limit(session, known);
            loop.watch(sandbox.socket(), Poller.IN, events -> serving(session, sandbox));
            load(new Frame.Serve((int) known.idle(), (int) known.time()));
            buffer.attach(listener);
            buffer.sendFully(sandbox.socket());
            endWithLogin(session);
        } finally {
            Descriptors.close(listener);
        }
    }

    /** Has a login's session end with the process that has logged its user in. */
    private void endWithLogin(Session session) throws IOException {
        Optional<ProcessIdentity> until = session.record().until();
        if (until.isEmpty()) {
            return;
        }
        OptionalInt fd = Processes.pidFd(until.get());
        if (fd.isEmpty()) {
            end(session);
            return;
        }
        session.login = fd.getAsInt();
        loop.watch(session.login, Poller.IN, events -> {
            closeLogin(session);
            end(session);
        });
    }

    private void closeLogin(Session session) throws IOException {
        int fd = session.login;
        session.login = -1;
        close(fd);
    }

    /** To be sent next, alone unless a descriptor is attached. */
    private void load(Frame frame) throws ProtocolException {
        buffer.data().clear();
        FrameWriter.write(frame, buffer.data());
        buffer.data().flip();
        buffer.detach();
    }

    /** Whether the sandbox is a session's. */
    boolean has(Sandbox sandbox) {
        return bySandbox.containsKey(sandbox);
    }

    /** Whose session has the clone of this name; empty: none has it. */
    OptionalLong owner(String clone) {
        return sessions.values().stream()
                .filter(session ->
                        session.hasBegun() && session.record().cloneId().equals(clone))
                .mapToLong(session -> session.record().key().uid())
                .findFirst();
    }

    private SessionRecord record(Session session, Sandbox sandbox, RunRequest request) throws IOException {
        SessionWish wish = request.session().orElseThrow();
        Map<String, String> options =
                SessionOptions.given(request, sandbox.shape().template());
        options.put("--backend", sandbox.shape().backend());
        sandbox.shape().template().ifPresent(name -> options.put("--template", name));
        Limits.Sessions now = limits.get();
        long idle = wish.idle().orElse(Math.min(now.idle(), now.idleMost()));
        long time = wish.time().orElse(Math.min(now.time(), now.timeMost()));
        options.put("--idle", TimeSpan.word(idle));
        options.put("--time", TimeSpan.word(time));
        return new SessionRecord(
                session.key,
                sandbox.used().id(),
                sandbox.clones().lockFile(sandbox.used()),
                Processes.identity(sandbox.pid()).orElseThrow(() -> new IOException("its sandbox has ended")),
                session.starter.flatMap(Wish::login).map(Login::until),
                System.currentTimeMillis(),
                idle,
                time,
                sandbox.shape().template(),
                sandbox.used().snapshot().map(Snapshot::name),
                sandbox.shape().backend(),
                sandbox.origin(),
                options,
                session.share.map(Share::variables).orElse(List.of()));
    }

    /** Mayfly-init has said something, which can only be that it serves, or has gone. */
    private void serving(Session session, Sandbox sandbox) throws IOException {
        loop.forget(sandbox.socket());
        boolean good = false;
        try {
            buffer.data().clear();
            if (buffer.receive(sandbox.socket()) > 0) {
                ByteBuffer data = buffer.data().flip();
                good = FROM_INIT.read(data) instanceof Frame.Serving;
            }
        } catch (IOException e) {
            log.line("a session's sandbox does not serve: " + Failure.reason(e));
        } finally {
            buffer.closeReceived();
        }
        Descriptors.close(session.takeSocket());
        if (!good) {
            host.kill(sandbox);
            return;
        }
        starting.remove(session);
        session.idleSince = System.nanoTime();
        if (session.toldToEnd) {
            session.state = Session.State.ENDING; // who waits for it is told when it has ended
            return;
        }
        session.state = Session.State.SERVING;
        Wish starter = session.starter.orElseThrow();
        session.starter = Optional.empty();
        of.remove(starter.connection(), session);
        if (starter.connection().state() == State.AWAITS_SERVING) {
            host.resume(starter.connection());
            try {
                enter(session, starter, Optional.empty());
            } catch (RefusedException e) {
                door.refuse(starter.connection(), e);
            }
        }
        wake(session);
    }

    /** Those who wait ask once more. */
    private void wake(Session session) {
        List<Wish> waiting = List.copyOf(session.waiting.values());
        session.waiting.clear();
        for (Wish wish : waiting) {
            of.remove(wish.connection(), session);
            if (wish.connection().state() == State.AWAITS_SESSION) {
                host.resume(wish.connection());
                claim(wish);
            }
        }
    }

    /** Connects the client with the session. */
    private void enter(Session session, Wish wish, Optional<Bytes> shell) throws RefusedException {
        SessionRecord known = session.record();
        Connection connection = wish.connection();
        RunRequest request = wish.request();
        reader.checkSession(known, connection.caller());
        if (wish.login().isPresent()) {
            // What it gets has perhaps been configured anew since its session began; that holds for later ones.
            checkLogin(session, wish.login().get());
        } else if (connection.state() != State.AWAITS_SERVING) {
            SessionOptions.check(
                    session.key.name(),
                    known.options(),
                    SessionOptions.given(request, request.template().flatMap(reader::templateName)));
        }
        Optional<Bytes> ownShell = wish.wantsShell() && shell.isEmpty() ? shell(wish, () -> {}) : shell;
        // Who starts a session runs nothing, and so gets nothing with which he could: that is to see whether it serves.
        boolean runs = request.session().orElseThrow().manner() != Manner.START;
        OptionalLong command = runs ? session.nextCommand() : OptionalLong.empty();
        Frame.Claimed answer = reader.inSession(request, wish.frame(), known, ownShell, command);
        int socket;
        try {
            socket = files.connect(session.key);
        } catch (PosixException e) {
            // FreeBSD has one error for both: that nobody listens, the end of its processes tells soon.
            boolean mayBeFull = e.errno() == (Kernel.IS_FREEBSD ? Kernel.ECONNREFUSED : Kernel.EAGAIN);
            if (mayBeFull) {
                throw new RefusedException(
                        "cannot run in session " + session.key.name() + ": too many commands wait to begin in it",
                        "try again when some have begun");
            }
            if (e.errno() != Kernel.ECONNREFUSED && e.errno() != Kernel.ENOENT) {
                throw new RefusedException("cannot run in session " + session.key.name() + ": " + e.reason());
            }
            // Nobody listens any more: its sandbox's end is about to be known.
            session.state = Session.State.ENDING;
            late.addUnlessThere(session, System.nanoTime());
            if (connection.state() == State.AWAITS_SERVING) {
                throw new RefusedException("cannot start session " + session.key.name() + ": it has ended already");
            }
            claim(wish, request.session().get(), shell);
            return;
        }
        Sent sent = door.send(connection, answer, runs ? socket : -1);
        Descriptors.close(socket);
        if (sent == Sent.NOTHING) {
            door.close(connection);
            return;
        }
        connection.enter(State.IN_SESSION);
        session.inside.put(connection, command);
        of.put(connection, session);
        if (command.isPresent()) {
            host.entered(connection, request, known, command.getAsLong());
        }
        if (sent == Sent.BEGINNING) {
            door.close(connection); // but it had a way into the session
        }
    }

    /** Somebody may have started a session of that name himself. */
    private static void checkLogin(Session session, Login login) throws RefusedException {
        if (!session.record().until().equals(Optional.of(login.until()))) {
            throw new RefusedException(
                    "cannot log in: session " + session.key.name() + " is not that of the login",
                    "mayfly session end " + session.key.name() + " ends it");
        }
    }

    /** The client has gone; how its command has ended, where that is known. */
    Optional<Frame.Finished> gone(Connection connection) {
        Session session = of.remove(connection);
        if (session == null) {
            return Optional.empty();
        }
        session.waiting.remove(connection);
        session.endAsked.remove(connection);
        Optional<Frame.Finished> finished = Optional.empty();
        if (session.inside.containsKey(connection)) {
            session.idleSince = System.nanoTime();
            // It was told before its client was. A sandbox that has ended has been heard to the end.
            session.sandbox().filter(bySandbox::containsKey).ifPresent(it -> session.hear(telling.hear(it.telling())));
            finished = session.leave(connection);
        }
        boolean wasStarter =
                session.starter.filter(wish -> wish.connection() == connection).isPresent();
        if (wasStarter && !session.hasBegun()) {
            sessions.remove(session.key, session);
            loop.post(() -> wake(session)); // later: this client's place is not free yet
        }
        return finished;
    }

    /** What the mayfly-init of a session has said last. */
    void told(Sandbox sandbox, List<Frame.Finished> last) {
        Session session = bySandbox.get(sandbox);
        if (session != null) {
            session.hear(last);
        }
    }

    /** A sandbox has ended; nothing happens if it was no session's. */
    void ended(Sandbox sandbox) throws IOException {
        Session session = bySandbox.remove(sandbox);
        if (session == null) {
            return;
        }
        close(session.takeSocket());
        ended(session);
    }

    private void adoptedEnded(Session session) throws IOException {
        loop.forget(session.pidFd());
        Descriptors.close(session.pidFd());
        ended(session);
        host.adopted(session.key.uid(), false);
    }

    /** Nothing happens for -1. */
    private void close(int fd) throws IOException {
        if (fd >= 0) {
            loop.forget(fd);
            Descriptors.close(fd);
        }
    }

    private void ended(Session session) throws IOException {
        files.remove(session.key);
        closeFarewell(session);
        closeLogin(session);
        times.remove(session);
        late.remove(session);
        starting.remove(session);
        sessions.remove(session.key, session);
        session.state = Session.State.ENDING;
        session.share.ifPresent(host::forget);
        for (Connection asker : List.copyOf(session.endAsked)) {
            door.send(
                    asker,
                    new Frame.Answer(JsonObject.of(json -> json.writeStringField("ended", session.key.name()))),
                    -1);
            door.close(asker);
        }
        session.starter
                .map(Wish::connection)
                .filter(connection -> connection.state() == State.AWAITS_SERVING)
                .ifPresent(connection -> door.refuse(
                        connection,
                        new RefusedException(
                                "cannot start session " + session.key.name() + ": its sandbox ended at once")));
        wake(session);
    }

    /** Ends a session; the client gets its answer when it has ended. */
    void end(Connection connection, Question.EndSession question) throws RefusedException {
        long uid = question.uid().orElse(connection.caller().uid());
        if (uid != connection.caller().uid() && !connection.isMasters()) {
            throw new RefusedException("cannot end session " + question.name() + ": it is that of user " + uid);
        }
        Session session = sessions.get(new SessionRecord.Key(uid, question.name()));
        if (session == null) {
            throw none("end", question.name());
        }
        if (!session.hasBegun()) {
            throw new RefusedException(
                    "cannot end session " + question.name() + ": it is just being started", "try again");
        }
        connection.enter(State.AWAITS_ANSWER);
        session.endAsked.add(connection);
        of.put(connection, session);
        end(session);
    }

    private void end(Session session) {
        session.toldToEnd = true;
        session.state = session.state == Session.State.STARTING ? session.state : Session.State.ENDING;
        late.addUnlessThere(session, System.nanoTime());
        if (session.farewell < 0) {
            tellToEnd(session);
        }
    }

    private void tellToEnd(Session session) {
        try {
            session.farewell = files.connect(session.key);
            loop.watch(session.farewell, Poller.IN | Poller.PEER_CLOSED, events -> closeFarewell(session));
            load(new Frame.EndSession());
            buffer.sendFully(session.farewell);
        } catch (IOException e) {
            kill(session); // it ends already, or takes nobody
        }
    }

    private void closeFarewell(Session session) throws IOException {
        int fd = session.farewell;
        session.farewell = -1;
        close(fd);
    }

    private void kill(Session session) {
        try {
            Processes.signal(session.pidFd(), session.record().process().pid(), Kernel.SIGKILL);
        } catch (IOException e) {
            log.line("cannot kill session " + session.key.name() + ": " + Failure.reason(e));
        }
    }

    long left(long now) {
        Session first = times.peek();
        long time = first == null ? Long.MAX_VALUE : Math.max(0, first.killAt - now);
        return Math.min(time, Math.min(late.left(now), starting.left(now)));
    }

    void tick(long now) {
        for (Optional<Session> slow = starting.expired(now); slow.isPresent(); slow = starting.expired(now)) {
            late.add(slow.get(), now);
            kill(slow.get());
        }
        for (Session session = times.peek(); session != null && session.killAt - now <= 0; session = times.peek()) {
            times.remove();
            session.state = session.state == Session.State.STARTING ? session.state : Session.State.ENDING;
            late.addUnlessThere(session, now);
            kill(session);
        }
        for (Optional<Session> session = late.expired(now); session.isPresent(); session = late.expired(now)) {
            kill(session.get());
            late.add(session.get(), now);
        }
    }

    /** How many have a sandbox. */
    int count() {
        return (int) sessions.values().stream().filter(Session::hasBegun).count();
    }

    /** Whether no client is in one or waits for one, and no login has to be watched for its end. */
    boolean isIdle() {
        return of.isEmpty() && sessions.values().stream().allMatch(session -> session.login < 0);
    }

    /** The answer of {@code mayfly session list --json}: the client's, and all for root and the service's own user. */
    String list(Connection asker) {
        List<Session> shown = new ArrayList<>();
        for (Session session : sessions.values()) {
            if (session.hasBegun()
                    && (asker.isMasters() || session.key.uid() == asker.caller().uid())) {
                shown.add(session);
            }
        }
        long now = System.nanoTime();
        long clock = System.currentTimeMillis();
        return JsonObject.of(json -> {
            json.writeArrayFieldStart("sessions");
            for (Session session : shown) {
                SessionRecord known = session.record();
                json.writeStartObject();
                json.writeStringField("name", session.key.name());
                json.writeNumberField("uid", session.key.uid());
                json.writeStringField("template", known.template().orElse(null));
                json.writeStringField("snapshot", known.snapshot().orElse(null));
                json.writeStringField("backend", known.backend());
                json.writeStringField("clone", known.template().isPresent() ? known.cloneId() : null);
                json.writeStringField("state", session.state.name().toLowerCase(Locale.ROOT));
                json.writeNumberField("age_seconds", Math.max(0, clock - known.since()) / 1000);
                json.writeNumberField("commands", session.inside.size());
                json.writeNumberField(
                        "idle_seconds", session.inside.isEmpty() ? (now - session.idleSince) / 1_000_000_000 : 0);
                json.writeNumberField("idle_limit_seconds", known.idle());
                json.writeNumberField("time_limit_seconds", known.time());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
