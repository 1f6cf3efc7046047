package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.desktop.Asked;
import mayfly.clonepool.desktop.Share;
import mayfly.clonepool.pool.Admission;
import mayfly.clonepool.pool.Parking;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.service.Adoptions.Adoption;
import mayfly.clonepool.service.ClaimReader.Claim;
import mayfly.clonepool.service.Connection.State;
import mayfly.clonepool.service.Door.Sent;
import mayfly.clonepool.service.Session.Wish;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Processes.Usage;

/** Who has which sandbox: gives parked ones to clients and has others made. Works in the event loop's thread. */
final class Leases implements Parking.Orders<Sandbox, Connection>, Sandboxes.Owner, Sessions.Host {
    /** How long a client waits for a sandbox. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What is kept of claims that wait, in bytes. */
    private static final long KEPT_BYTES = 16 << 20;

    private static final long KEPT_BYTES_OF_ONE = 4 << 20;

    /** How many sandboxes in a row may fail because of what has changed meanwhile. */
    private static final int EXCUSES = 8;

    /** What a word or variable of a claim takes in memory beside its bytes. */
    private static final int WORD_BYTES = 48;

    private final EventLoop loop;
    private final Door door;
    private final ClaimReader reader;
    private final Sandboxes sandboxes;
    private final TemplateHooks hooks;
    private final HostWatch host;
    private final Shells shells;
    private final Logins logins;
    private final Asking accounts;
    private final Desktops desktops;
    private final Admission<Connection> admission;
    private final Parking<Sandbox, Connection> parking;
    private final Map<Sandbox, Connection> leased = new HashMap<>();
    private final Map<Sandbox, Connection> binding = new HashMap<>();
    private final Adoptions adoptions = new Adoptions();
    private final Optional<Binder> binder;
    private final Deadlines<Connection> waiting = new Deadlines<>(PATIENCE);
    private final TreeMap<String, Counts> counts = new TreeMap<>();
    private final Budget kept = new Budget(KEPT_BYTES, KEPT_BYTES_OF_ONE);
    private final Orders orders;
    private final Sessions sessions;
    private final Transition.Listener listener;
    private final Trail trail;
    private final RunPolicy policy;
    private boolean stopping;
    private int excuses;
    private long lastUse = System.nanoTime();

    /**
     * What the leases work with.
     *
     * @param binder of root's service
     */
    record Colleagues(
            ClaimReader reader,
            Templates templates,
            SandboxMaker maker,
            Workers workers,
            Reaper reaper,
            HostWatch host,
            Shells shells,
            Logins logins,
            Optional<Binder> binder,
            Desktops desktops,
            SessionFiles sessions,
            Trail trail,
            RunPolicy policy,
            Transition.Listener listener) {}

    Leases(EventLoop loop, Door door, Supplier<Limits> limits, Colleagues colleagues, Log log) {
        this.loop = loop;
        this.door = door;
        this.reader = colleagues.reader();
        this.hooks = new TemplateHooks(
                loop,
                colleagues.workers(),
                colleagues.templates(),
                (template, error) -> counts(template).hookError(error),
                log);
        Telling telling = new Telling(log);
        this.sandboxes = new Sandboxes(
                loop,
                colleagues.maker(),
                colleagues.workers(),
                colleagues.reaper(),
                log,
                this,
                hooks,
                telling,
                colleagues.listener());
        this.binder = colleagues.binder();
        this.listener = colleagues.listener();
        this.trail = colleagues.trail();
        this.policy = colleagues.policy();
        this.host = colleagues.host();
        this.shells = colleagues.shells();
        this.logins = colleagues.logins();
        this.accounts = new Asking(loop, colleagues.workers(), Urgency.ACCOUNTS);
        this.desktops = colleagues.desktops();
        this.admission = new Admission<>(limits);
        this.parking = new Parking<>(limits, this);
        this.orders = new Orders(Workers.COUNT - 1, Workers.COUNT / 2, sandboxes::make);
        this.sessions = new Sessions(
                loop,
                door,
                reader,
                colleagues.sessions(),
                telling,
                () -> limits.get().sessions(),
                this,
                log);
        sessions.adoptAll();
    }

    /** A client asks for a sandbox. */
    void claim(Connection connection, Frame.Claim frame) {
        long now = System.nanoTime();
        lastUse = now;
        if (stopping) {
            door.close(connection); // the client finds or starts the next service
            return;
        }
        if (Logins.isLogin(frame)) {
            logIn(connection, frame);
            return;
        }
        try {
            RunRequest request = reader.request(frame);
            Trail.reads(connection, request, frame);
            if (request.refill().isPresent()) {
                door.send(
                        connection, new Frame.Subcommand(request.refill().get().subcommand()), -1);
                door.close(connection);
            } else if (request.session().isPresent()) {
                sessions.claim(new Wish(connection, request, frame, Optional.empty()));
            } else {
                start(connection, request, frame);
            }
        } catch (RefusedException e) {
            door.refuse(connection, e);
        }
    }

    /** What he gets is looked up, and is then a claim of a session like any other. */
    private void logIn(Connection connection, Frame.Claim frame) {
        try {
            Trail.logsIn(connection, frame);
            wait(connection, State.AWAITS_SESSION, frame);
            accounts.ask(connection, () -> {
                try {
                    Login login = logins.find(frame, connection.caller(), connection.pid());
                    return () -> logIn(connection, login);
                } catch (RefusedException e) {
                    return () -> door.refuse(connection, e);
                } catch (IOException | RuntimeException e) {
                    String reason = e instanceof IOException failure ? Failure.reason(failure) : e.toString();
                    return () -> door.refuse(connection, new RefusedException("cannot log in: " + reason));
                }
            });
        } catch (RefusedException e) {
            door.refuse(connection, e);
        }
    }

    private void logIn(Connection connection, Login login) {
        if (connection.state() != State.AWAITS_SESSION) {
            return; // he has gone
        }
        if (stopping) {
            door.close(connection); // for the next service
            return;
        }
        resume(connection);
        try {
            sessions.claim(new Wish(connection, reader.request(login.frame()), login.frame(), Optional.of(login)));
        } catch (RefusedException e) {
            door.refuse(connection, e);
        }
    }

    @Override
    public void start(Connection connection, RunRequest request, Frame.Claim frame) throws RefusedException {
        long now = System.nanoTime();
        Claim claim = reader.read(request, frame, connection.caller(), connection.isMasters());
        policy.check(claim.shape(), request, () -> leasesLike(claim.shape()));
        if (claim.templateReplaced()) {
            parking.renew(shape -> shape.template().equals(claim.shape().template()));
        }
        boolean wantsDesktop = claim.request().wantsDesktop();
        boolean keepsFrame = wantsDesktop || request.session().isPresent();
        int bytes = claim.keptBytes() + (keepsFrame ? bytes(frame) : 0);
        keep(connection, bytes);
        connection.claims(claim, bytes, now);
        if (wantsDesktop) {
            connection.enter(State.AWAITS_DESKTOP);
            waiting.add(connection, now);
            desktops.find(connection, asked(connection, frame), found -> share(connection, frame, found));
        } else {
            awaitShell(connection);
        }
    }

    private void keep(Connection connection, int bytes) throws RefusedException {
        if (!kept.take(connection.uid(), bytes)) {
            throw new RefusedException(
                    "cannot claim a sandbox: claims that are waiting fill the memory for them",
                    "try again when some of them have been served");
        }
    }

    @Override
    public void wait(Connection connection, State state, Frame.Claim frame) throws RefusedException {
        if (state == State.AWAITS_SESSION) {
            int bytes = bytes(frame);
            keep(connection, bytes);
            connection.keeps(bytes);
        }
        if (connection.state() != state) {
            connection.enter(state);
        }
        waiting.add(connection, System.nanoTime());
    }

    @Override
    public void resume(Connection connection) {
        waiting.remove(connection);
        kept.release(connection.uid(), connection.forgetClaim());
    }

    @Override
    public Optional<Bytes> shell(Connection connection, Runnable then) {
        Optional<Bytes> known = shells.known(connection.caller().uid(), System.nanoTime());
        if (known.isEmpty()) {
            shells.lookUp(connection, then);
        }
        return known;
    }

    @Override
    public void kill(Sandbox sandbox) {
        sandboxes.mustEnd(sandbox);
    }

    @Override
    public void adopted(long uid, boolean there) {
        if (there) {
            admission.count(uid);
        } else {
            leave(uid);
        }
    }

    /** A sandbox that an earlier service gave out runs on; it counts as if this one had given it out. */
    void adopt(Clone clone, OptionalLong owner) {
        OptionalLong ofSession = sessions.owner(clone.id());
        boolean isSession = ofSession.isPresent();
        adoptions.add(clone, new Adoption(isSession ? ofSession : owner, isSession));
        counts(clone.template()).leaseBegins();
        if (owner.isPresent() && !isSession) {
            admission.count(owner.getAsLong());
        }
    }

    /** Such a sandbox has ended. */
    void adoptedEnded(Clone clone) {
        Optional<Adoption> known = adoptions.remove(clone);
        if (known.isEmpty()) {
            return;
        }
        counts(clone.template()).leaseEnds();
        OptionalLong owner = known.get().owner();
        if (owner.isPresent() && !known.get().isSession()) {
            leave(owner.getAsLong());
        }
    }

    @Override
    public void entered(Connection connection, RunRequest request, SessionRecord session, long command) {
        trail.enters(connection, request, session, command);
    }

    @Override
    public void used(Sandbox sandbox, Optional<Usage> usage, List<Frame.Finished> told) {
        if (sessions.has(sandbox)) {
            sessions.told(sandbox, told);
            trail.ended(sandbox, usage, Optional.empty());
        } else {
            trail.ended(sandbox, usage, told.stream().findFirst());
        }
    }

    @Override
    public void forget(Share share) {
        desktops.forget(share);
    }

    private static int bytes(Frame.Claim frame) {
        return Stream.concat(frame.words().stream(), frame.variables().stream())
                .mapToInt(word -> WORD_BYTES + word.length())
                .sum();
    }

    private static Asked asked(Connection connection, Frame.Claim frame) {
        Claim claim = connection.claim();
        Variables variables = Variables.of(frame.variables());
        return new Asked(
                claim.request(),
                variables,
                frame.cwd(),
                connection.caller(),
                claim.shape().isolation().identity(),
                isHost(claim.shape()));
    }

    /** What the claim is to have of its caller's desktop was found: it is another claim with that. */
    private void share(Connection connection, Frame.Claim frame, Desktops.Found found) {
        if (connection.state() != State.AWAITS_DESKTOP) {
            found.share().ifPresent(desktops::forget);
            return;
        }
        waiting.remove(connection); // its time begins anew
        Share share = found.share().orElse(Share.NOTHING);
        try {
            if (found.refusal().isPresent()) {
                throw found.refusal().get();
            }
            RunRequest request = share.addedTo(connection.claim().request());
            connection.shares(reader.read(request, frame, connection.caller(), connection.isMasters()), share);
        } catch (RefusedException e) {
            desktops.forget(share);
            door.refuse(connection, e);
            return;
        }
        awaitShell(connection);
    }

    private void awaitShell(Connection connection) {
        long now = System.nanoTime();
        Claim claim = connection.claim();
        long uid = claim.shape().caller().uid();
        if (claim.wantsShell() && shells.known(uid, now).isEmpty()) {
            connection.enter(State.AWAITS_SHELL);
            waiting.add(connection, now);
            shells.lookUp(connection, () -> {
                if (connection.state() == State.AWAITS_SHELL) {
                    admit(connection);
                }
            });
        } else {
            admit(connection);
        }
    }

    private void admit(Connection connection) {
        long uid = connection.caller().uid();
        if (admission.admit(uid)) {
            take(connection);
        } else {
            connection.enter(State.AWAITS_ROOM);
            waiting.add(connection, System.nanoTime());
            admission.await(connection, uid);
        }
    }

    /** For a connection that was admitted. */
    private void take(Connection connection) {
        connection.enter(State.AWAITS_SANDBOX);
        waiting.remove(connection);
        Claim claim = connection.claim();
        long now = System.nanoTime();
        Optional<Sandbox> parked = parking.take(claim.shape(), now);
        counts(claim.shape()).claim(parked.isPresent());
        if (parked.isPresent()) {
            give(connection, parked.get(), "took a parked sandbox");
        } else {
            waiting.add(connection, now);
            parking.await(claim.shape(), connection, now);
            orders.hurry(claim.shape());
        }
    }

    @Override
    public void deliver(Connection connection, Sandbox sandbox) {
        waiting.remove(connection);
        give(connection, sandbox, sandbox.note());
    }

    /** How many sandboxes the shape's caller has of the same template. */
    private int leasesLike(Shape shape) {
        Predicate<Sandbox> same =
                sandbox -> sandbox.shape().caller().uid() == shape.caller().uid()
                        && sandbox.shape().template().equals(shape.template());
        long handedOver = leased.keySet().stream().filter(same).count();
        long soon = binding.keySet().stream()
                .filter(same.and(sandbox -> !leased.containsKey(sandbox)))
                .count();
        return (int) (handedOver + soon) + adoptions.like(shape);
    }

    private void give(Connection connection, Sandbox sandbox, String note) {
        try {
            policy.check(sandbox.shape(), sandbox.directory(), () -> leasesLike(sandbox.shape()));
        } catch (RefusedException e) {
            door.refuse(connection, e);
            discard(sandbox);
            return;
        }
        if (sandbox.view().isEmpty()) {
            bindAndHandOver(connection, sandbox, note);
            return;
        }
        connection.prepare(sandbox);
        leased.put(sandbox, connection);
        counts(sandbox.shape()).leaseBegins();
        hooks.preStart(sandbox, failure -> prepared(connection, sandbox, note, failure));
    }

    private void prepared(Connection connection, Sandbox sandbox, String note, Optional<RefusedException> failure) {
        if (connection.state() != State.AWAITS_HOOK) {
            abandon(sandbox); // its client has gone
        } else if (failure.isPresent()) {
            door.refuse(connection, failure.get());
            abandon(sandbox);
        } else if (connection.sandbox().isEmpty()) {
            door.refuse(
                    connection, new RefusedException("cannot start a sandbox: it ended while its pre-start hook ran"));
            abandon(sandbox);
        } else {
            bindAndHandOver(connection, sandbox, note);
        }
    }

    /** One that was leased, as far as hooks are concerned, and that no client has. */
    private void abandon(Sandbox sandbox) {
        Descriptors.close(sandbox.socket());
        sandboxes.mustEnd(sandbox);
    }

    /** After the hook: what a caller binds is no business of the administrator's. */
    private void bindAndHandOver(Connection connection, Sandbox sandbox, String note) {
        List<Bind> binds = connection.claim().lateBinds();
        if (binds.isEmpty()) {
            handOver(connection, sandbox, note);
            return;
        }
        connection.enter(State.AWAITS_BINDS);
        binding.put(sandbox, connection);
        try {
            boolean followsLinks = policy.followsLinks(sandbox.shape());
            binder.orElseThrow().bind(sandbox, connection.caller(), binds, followsLinks, new Binder.Waiter() {
                @Override
                public boolean isWanted() {
                    return binding.containsKey(sandbox) && connection.state() == State.AWAITS_BINDS;
                }

                @Override
                public void bound() {
                    if (isStillWanted(connection, sandbox)) {
                        handOver(connection, sandbox, note);
                    }
                }

                @Override
                public void failed(RefusedException why) {
                    notBound(connection, sandbox, why);
                }
            });
        } catch (RefusedException e) {
            notBound(connection, sandbox, e);
        }
    }

    private void notBound(Connection connection, Sandbox sandbox, RefusedException why) {
        if (isStillWanted(connection, sandbox)) {
            giveUp(connection, sandbox);
            door.refuse(connection, why);
        }
    }

    /** Whether the sandbox is there and its client too, now that it is all mounted or is not. */
    private boolean isStillWanted(Connection connection, Sandbox sandbox) {
        if (binding.remove(sandbox) == null) {
            return false; // it has ended, and its client has been told
        }
        if (connection.state() == State.AWAITS_BINDS) {
            return true;
        }
        giveUp(connection, sandbox);
        return false;
    }

    private void giveUp(Connection connection, Sandbox sandbox) {
        if (leased.containsKey(sandbox)) {
            abandon(sandbox);
        } else {
            discard(sandbox);
            leave(connection.caller().uid());
        }
    }

    private void handOver(Connection connection, Sandbox sandbox, String note) {
        Claim claim = connection.claim();
        if (claim.request().session().isPresent()) {
            begin(connection, sandbox);
            return;
        }
        long now = System.nanoTime();
        Optional<Bytes> shell =
                claim.wantsShell() ? shells.known(claim.shape().caller().uid(), now) : Optional.empty();
        List<String> notes = claim.request().trace()
                ? List.of(note, String.format("claimed after %.3f ms", (now - connection.claimedAt()) / 1e6))
                : List.of();
        if (!sandbox.log().isEmpty()) {
            notes = Stream.concat(sandbox.log().stream(), notes.stream()).toList();
        }
        Sent sent = door.send(connection, claim.answer(shell, sandbox.origin(), notes), sandbox.socket());
        if (sent != Sent.NOTHING) {
            // The client's copy is the only one now: its end is the sandbox's.
            Descriptors.close(sandbox.socket());
            connection.lease(sandbox);
            trail.begins(connection, claim.request(), sandbox);
            kept.release(connection.uid(), connection.forgetClaim());
            if (leased.put(sandbox, connection) == null) {
                counts(sandbox.shape()).leaseBegins();
            }
            listener.passed(Transition.LEASED);
            if (sent == Sent.BEGINNING) {
                door.close(connection); // but it had the sandbox
            }
        } else {
            boolean leavesItself = connection.state() == State.AWAITS_SANDBOX;
            door.close(connection);
            if (leavesItself) {
                discard(sandbox);
            } else {
                giveUp(connection, sandbox);
            }
        }
    }

    /** The sandbox is a session's from now on, whatever becomes of the client. */
    private void begin(Connection connection, Sandbox sandbox) {
        if (leased.put(sandbox, connection) == null) {
            counts(sandbox.shape()).leaseBegins();
        }
        RunRequest request = connection.claim().request();
        kept.release(connection.uid(), connection.forgetClaim());
        connection.enter(State.AWAITS_SERVING);
        try {
            sessions.begin(connection, sandbox);
            trail.begins(connection, request, sandbox);
            listener.passed(Transition.LEASED);
        } catch (IOException | RefusedException e) {
            String reason = e instanceof IOException failure ? Failure.reason(failure) : String.valueOf(e.getMessage());
            door.refuse(connection, new RefusedException("cannot start a session: " + reason));
            if (sessions.has(sandbox)) {
                sandboxes.mustEnd(sandbox);
            } else {
                abandon(sandbox);
            }
        }
    }

    @Override
    public void refuse(Connection connection, RefusedException why) {
        door.refuse(connection, why);
    }

    /** The connection is closed: the lease is over, or the place in the queue is lost. */
    void gone(Connection connection) {
        lastUse = System.nanoTime();
        waiting.remove(connection);
        shells.withdraw(connection);
        accounts.withdraw(connection);
        switch (connection.state()) {
            case READING,
                    AWAITS_SESSION,
                    AWAITS_SHELL,
                    AWAITS_BINDS,
                    AWAITS_SERVING,
                    AWAITS_ANSWER,
                    IN_SESSION,
                    CLOSED -> {}
            case AWAITS_DESKTOP -> desktops.withdraw(connection);
            case AWAITS_ROOM -> admission.withdraw(connection);
            case AWAITS_SANDBOX -> {
                parking.withdraw(connection.claim().shape(), connection);
                leave(connection.caller().uid());
            }
            case AWAITS_HOOK -> connection.sandbox().filter(hooks::cancel).ifPresent(this::abandon);
            case LEASED -> {
                connection.sandbox().ifPresent(sandboxes::mustEnd);
                orders.wake();
            }
        }
        connection.takeShare().ifPresent(desktops::forget);
        kept.release(connection.uid(), connection.forgetClaim());
        trail.gone(connection, sessions.gone(connection));
    }

    private void leave(long uid) {
        admission.release(uid);
        // Later: who is next may have something done that is being done just now.
        loop.post(this::serveNext);
    }

    private void serveNext() {
        if (stopping) {
            return;
        }
        for (Optional<Connection> next = admission.next(); next.isPresent(); next = admission.next()) {
            take(next.get());
        }
    }

    @Override
    public void make(Shape shape, boolean urgent) {
        orders.add(shape, urgent, System.nanoTime());
    }

    @Override
    public boolean cancel(Shape shape) {
        return orders.cancel(shape);
    }

    @Override
    public void made(Sandbox sandbox) {
        excuses = 0;
        orders.done(sandbox.shape());
        if (stopping) {
            sandboxes.discard(sandbox);
        } else if (hooks.cannotSee(sandbox)) {
            // The template has hooks since it was begun.
            sandboxes.discard(sandbox);
            orders.add(sandbox.shape(), true, System.nanoTime());
        } else {
            counts(sandbox.shape()).error("");
            parking.made(sandbox.shape(), sandbox);
        }
    }

    @Override
    public void failed(Shape shape, Urgency urgency, RefusedException why, long begun) {
        orders.done(shape);
        if (stopping) {
            return;
        }
        if (isHost(shape) && (host.looksDifferent(System.nanoTime()) || isExcused(begun))) {
            orders.add(shape, urgency == Urgency.CLIENT_WAITS, System.nanoTime());
            return;
        }
        if (!reader.isClosed(shape) && isTemplatesOnly(shape)) {
            counts(shape).error(why.getMessage());
        }
        parking.failed(shape, why, System.nanoTime());
    }

    /** Whether what was mounted and is gone again may have been in the way; it is not, if that goes on and on. */
    private boolean isExcused(long begun) {
        return host.hasChangedSince(begun) && excuses++ < EXCUSES;
    }

    /** Whether nothing of it is a path that only its user knows: anybody may be told why it failed. */
    private static boolean isTemplatesOnly(Shape shape) {
        return shape.binds().isEmpty()
                && shape.root().isEmpty()
                && shape.ownDirectory().isEmpty();
    }

    private static boolean isHost(Shape shape) {
        return shape.template().filter(Configuration.HOST::equals).isPresent();
    }

    @Override
    public void ended(Sandbox sandbox) throws IOException {
        sessions.ended(sandbox);
        Connection connection = leased.get(sandbox);
        if (connection != null) {
            connection.sandboxEnded();
        }
        Connection waiting = binding.remove(sandbox);
        if (waiting != null) {
            if (waiting.state() == State.AWAITS_BINDS) {
                door.refuse(waiting, new RefusedException("cannot claim a sandbox: it ended before the command"));
            }
            if (connection == null) {
                leave(sandbox.shape().caller().uid());
            }
        }
        if (waiting != null || (connection == null && parking.died(sandbox))) {
            Descriptors.close(sandbox.socket());
        }
    }

    @Override
    public void released(Sandbox sandbox) {
        if (leased.remove(sandbox) != null) {
            counts(sandbox.shape()).leaseEnds();
            leave(sandbox.shape().caller().uid());
            lastUse = System.nanoTime();
        }
    }

    @Override
    public void discard(Sandbox sandbox) {
        sandboxes.discard(sandbox);
    }

    /** Replaces parked sandboxes of the template host, which is another one now. */
    void renewHost() {
        parking.renew(Leases::isHost);
    }

    /** Replaces the template's parked sandboxes one by one: there is a newer snapshot. */
    void replace(String template) {
        parking.replace(isOf(template));
    }

    /** Gives up the template's parked sandboxes at once, and has them made anew. */
    void renew(String template) {
        parking.renew(isOf(template));
    }

    /** Gives up the template's parked sandboxes, and parks none until {@link #release}. */
    void hold(String template) {
        parking.hold(template);
    }

    void release(String template) {
        parking.release(template);
    }

    /**
     * The limits may be others than before.
     *
     * @param withinSandboxes whether those are that a sandbox has from its making on
     */
    void limitsChanged(boolean withinSandboxes) {
        if (withinSandboxes) {
            parking.renew(shape -> true);
        }
        parking.trim();
        serveNext();
    }

    private static Predicate<Shape> isOf(String template) {
        return shape -> shape.template().filter(template::equals).isPresent();
    }

    long left(long now) {
        long tick =
                parking.nextTick().isPresent() ? Math.max(0, parking.nextTick().getAsLong() - now) : Long.MAX_VALUE;
        long binds = binder.isPresent() ? binder.get().left(now) : Long.MAX_VALUE;
        return Math.min(
                Math.min(tick, Math.min(sessions.left(now), orders.left(now))),
                Math.min(Math.min(waiting.left(now), binds), Math.min(sandboxes.left(now), hooks.left(now))));
    }

    void tick(long now) throws IOException {
        parking.tick(now);
        for (Optional<Connection> late = waiting.expired(now); late.isPresent(); late = waiting.expired(now)) {
            Connection connection = late.get();
            boolean noRoom = connection.state() == State.AWAITS_ROOM;
            door.refuse(
                    connection,
                    noRoom
                            ? admission.refusal(connection.caller().uid())
                            : new RefusedException(
                                    "cannot claim a sandbox: none was ready within " + PATIENCE.toSeconds() + " s",
                                    "mayfly pool status shows what the service is doing"));
        }
        if (binder.isPresent()) {
            binder.get().tick(now);
        }
        sessions.tick(now);
        sandboxes.tick(now);
        hooks.tick(now);
        orders.tick(now);
    }

    /** Gives nothing out any more, and gives up what is parked; leases go on. */
    void stop() {
        stopping = true;
        orders.clear();
        parking.discardAll();
    }

    /** Whether there is nothing left but leases. */
    boolean isDrained() {
        return orders.isIdle() && sandboxes.isDrained() && hooks.isIdle();
    }

    /** Whether nobody has a sandbox, but for sessions in which nothing runs, or waits for one. */
    boolean isIdle() {
        return admission.isIdle(sessions.count()) && sessions.isIdle();
    }

    Sessions sessions() {
        return sessions;
    }

    /** A client came. */
    void touch() {
        lastUse = System.nanoTime();
    }

    /** When a client came or went last, in ns. */
    long lastUse() {
        return lastUse;
    }

    int parked() {
        return parking.parked();
    }

    int running() {
        return admission.running();
    }

    /** How many commands run in such clones of the template. */
    int running(String template, Predicate<Clone> concerned) {
        return (int) leased.keySet().stream()
                .filter(sandbox -> isOf(template).test(sandbox.shape()) && concerned.test(sandbox.used()))
                .count();
    }

    /** How many commands run in the directory itself, or in one beneath it. */
    int runningIn(Bytes directory) {
        return (int) leased.keySet().stream()
                .filter(sandbox -> sandbox.directory()
                        .filter(root -> NativePath.isAtOrUnder(root, directory))
                        .isPresent())
                .count();
    }

    List<Parking.Line> lines() {
        return parking.lines();
    }

    Counts counts(Shape shape) {
        return counts(shape.template().orElse(Clone.NO_TEMPLATE));
    }

    Counts counts(String template) {
        return counts.computeIfAbsent(template, name -> new Counts());
    }
}
