package mayfly.clonepool.service;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.pool.Admission;
import mayfly.clonepool.pool.Parking;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.service.ClaimReader.Claim;
import mayfly.clonepool.service.Connection.State;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.posix.Descriptors;

/** Who has which sandbox: gives parked ones to clients and has others made. Works in the event loop's thread. */
final class Leases implements Parking.Orders<Sandbox, Connection>, Sandboxes.Owner {
    /** How long a client waits for a sandbox. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What is kept of claims that wait, in bytes. */
    private static final long KEPT_BYTES = 16 << 20;

    private static final long KEPT_BYTES_OF_ONE = 4 << 20;

    private final EventLoop loop;
    private final Door door;
    private final ClaimReader reader;
    private final Sandboxes sandboxes;
    private final HostWatch host;
    private final Shells shells;
    private final Admission<Connection> admission;
    private final Parking<Sandbox, Connection> parking;
    private final Map<Sandbox, Connection> leased = new HashMap<>();
    private final Deadlines<Connection> waiting = new Deadlines<>(PATIENCE);
    private final TreeMap<String, Counts> counts = new TreeMap<>();
    private final Budget kept = new Budget(KEPT_BYTES, KEPT_BYTES_OF_ONE);
    private final Orders orders;
    private final Transition.Listener listener;
    private boolean stopping;
    private long lastUse = System.nanoTime();

    /** What the leases work with. */
    record Colleagues(
            ClaimReader reader,
            SandboxMaker maker,
            Workers workers,
            Reaper reaper,
            HostWatch host,
            Shells shells,
            Transition.Listener listener) {}

    Leases(EventLoop loop, Door door, Limits limits, Colleagues colleagues, Log log) {
        this.loop = loop;
        this.door = door;
        this.reader = colleagues.reader();
        this.sandboxes = new Sandboxes(
                loop, colleagues.maker(), colleagues.workers(), colleagues.reaper(), log, this, colleagues.listener());
        this.listener = colleagues.listener();
        this.host = colleagues.host();
        this.shells = colleagues.shells();
        this.admission = new Admission<>(limits);
        this.parking = new Parking<>(limits, this);
        this.orders = new Orders(Workers.COUNT - 1, Workers.COUNT / 2, sandboxes::make);
    }

    /** A client asks for a sandbox. */
    void claim(Connection connection, Frame.Claim frame) {
        long now = System.nanoTime();
        lastUse = now;
        if (stopping) {
            door.close(connection); // the client finds or starts the next service
            return;
        }
        Claim claim;
        try {
            RunRequest request = reader.request(frame);
            if (request.refill().isPresent()) {
                door.send(
                        connection, new Frame.Subcommand(request.refill().get().subcommand()), -1);
                door.close(connection);
                return;
            }
            claim = reader.read(request, frame, connection.caller(), connection.isMasters());
        } catch (RefusedException e) {
            door.refuse(connection, e);
            return;
        }
        if (claim.templateReplaced()) {
            parking.renew(shape -> shape.template().equals(claim.shape().template()));
        }
        int bytes = claim.keptBytes();
        if (!kept.take(connection.uid(), bytes)) {
            door.refuse(
                    connection,
                    new RefusedException(
                            "cannot claim a sandbox: claims that are waiting fill the memory for them",
                            "try again when some of them have been served"));
            return;
        }
        connection.claims(claim, bytes, now);
        long uid = claim.shape().caller().uid();
        if (claim.wantsShell() && shells.known(uid, now).isEmpty()) {
            connection.enter(State.AWAITS_SHELL);
            waiting.add(connection, now);
            shells.lookUp(uid, () -> {
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

    private void give(Connection connection, Sandbox sandbox, String note) {
        Claim claim = connection.claim();
        long now = System.nanoTime();
        Optional<Bytes> shell =
                claim.wantsShell() ? shells.known(claim.shape().caller().uid(), now) : Optional.empty();
        List<String> notes = claim.request().trace()
                ? List.of(note, String.format("claimed after %.3f ms", (now - connection.claimedAt()) / 1e6))
                : List.of();
        if (!sandbox.log().isEmpty()) {
            notes = Stream.concat(sandbox.log().stream(), notes.stream()).toList();
        }
        if (door.send(connection, claim.answer(shell, sandbox.origin(), notes), sandbox.socket())) {
            // The client's copy is the only one now: its end is the sandbox's.
            Descriptors.close(sandbox.socket());
            connection.lease(sandbox);
            kept.release(connection.uid(), connection.forgetClaim());
            leased.put(sandbox, connection);
            counts(sandbox.shape()).leaseBegins();
            listener.passed(Transition.LEASED);
        } else {
            discard(sandbox);
            door.close(connection);
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
        switch (connection.state()) {
            case READING, AWAITS_SHELL, AWAITS_ANSWER, CLOSED -> {}
            case AWAITS_ROOM -> admission.withdraw(connection);
            case AWAITS_SANDBOX -> {
                parking.withdraw(connection.claim().shape(), connection);
                leave(connection.caller().uid());
            }
            case LEASED -> {
                connection.sandbox().ifPresent(sandboxes::mustEnd);
                orders.wake();
            }
        }
        kept.release(connection.uid(), connection.forgetClaim());
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
        orders.done(sandbox.shape());
        if (stopping) {
            sandboxes.discard(sandbox);
        } else {
            counts(sandbox.shape()).error("");
            parking.made(sandbox.shape(), sandbox);
        }
    }

    @Override
    public void failed(Shape shape, Urgency urgency, RefusedException why) {
        orders.done(shape);
        if (stopping) {
            return;
        }
        if (isHost(shape) && host.looksDifferent(System.nanoTime())) {
            orders.add(shape, urgency == Urgency.CLIENT_WAITS, System.nanoTime());
            return;
        }
        if (!reader.isClosed(shape) && isTemplatesOnly(shape)) {
            counts(shape).error(why.getMessage());
        }
        parking.failed(shape, why, System.nanoTime());
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
    public void ended(Sandbox sandbox) {
        Connection connection = leased.remove(sandbox);
        if (connection != null) {
            connection.sandboxEnded();
            counts(sandbox.shape()).leaseEnds();
            leave(sandbox.shape().caller().uid());
            lastUse = System.nanoTime();
        } else if (parking.died(sandbox)) {
            Descriptors.close(sandbox.socket());
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

    private static Predicate<Shape> isOf(String template) {
        return shape -> shape.template().filter(template::equals).isPresent();
    }

    long left(long now) {
        long tick =
                parking.nextTick().isPresent() ? Math.max(0, parking.nextTick().getAsLong() - now) : Long.MAX_VALUE;
        return Math.min(Math.min(tick, orders.left(now)), Math.min(waiting.left(now), sandboxes.left(now)));
    }

    void tick(long now) {
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
        sandboxes.tick(now);
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
        return orders.isIdle() && sandboxes.isDrained();
    }

    /** Whether nobody has a sandbox or waits for one. */
    boolean isIdle() {
        return admission.isIdle();
    }

    /** A client came. */
    void touch() {
        lastUse = System.nanoTime();
    }

    /** When a client came or went last, in ns. */
    long lastUse() {
        return lastUse;
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
