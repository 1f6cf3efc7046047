package mayfly.clonepool.service;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import mayfly.clonepool.audit.AuditLog;
import mayfly.clonepool.audit.Entry;
import mayfly.clonepool.audit.Place;
import mayfly.clonepool.audit.Who;
import mayfly.clonepool.audit.Words;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Snapshot;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.options.X11;
import mayfly.sandbox.posix.Processes.Usage;

/** Tells the audit log who gets what, and what is refused. For the door's thread. */
final class Trail {
    /** Refusals cost nothing to bring about: so many of each user in a period get a line, the others are counted. */
    private static final int REFUSALS = 100;

    private static final long PERIOD = TimeUnit.SECONDS.toNanos(10);
    private static final Bytes SEPARATOR = Bytes.utf8(":");
    private static final Bytes READ_ONLY = Bytes.utf8(":ro");

    private final AuditLog log;
    private final IntFunction<Optional<String>> listeners;
    /** What has a beginning and no end yet: by its sandbox, or by its connection when that is in a session. */
    private final Map<Object, Begun> begun = new HashMap<>();

    private final Map<Long, Integer> refusals = new HashMap<>();
    private long periodStart = System.nanoTime();
    private long commands;

    private record Begun(Who who, Place place, long since) {}

    /** @param listeners the name of the listener whose process this is */
    Trail(AuditLog log, IntFunction<Optional<String>> listeners) {
        this.log = log;
        this.listeners = listeners;
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    private Who who(Connection connection) {
        return new Who(
                connection.uid(), connection.caller().uid(), connection.pid(), listeners.apply(connection.pid()));
    }

    /** What the command of a claim is, for lines to come; the words before it may hold secrets. */
    static void reads(Connection connection, RunRequest request, Frame.Claim frame) {
        List<Bytes> words = frame.words();
        connection.says(
                Words.of(words.subList(Math.min(request.first(), words.size()), words.size()), frame.truncated()));
    }

    /** The same of a login's claim. */
    static void logsIn(Connection connection, Frame.Claim frame) {
        connection.says(Words.of(frame.words().subList(1, frame.words().size()), frame.truncated()));
    }

    /** The connection has the sandbox, or has made a session of it. */
    void begins(Connection connection, RunRequest request, Sandbox sandbox) {
        if (!log.isOn()) {
            return;
        }
        Place place = place(
                sandbox.shape().template(),
                sandbox.used().snapshot().map(Snapshot::name),
                sandbox.used().id(),
                request.session().map(wish -> wish.name()),
                OptionalLong.empty());
        boolean command = request.session().isEmpty();
        Entry.Desktop desktop = request.wantsDesktop()
                ? new Entry.Desktop(request.x11().map(Trail::word), request.pulseaudio())
                : Entry.Desktop.NONE;
        begin(
                sandbox,
                new Entry.Start(
                        now(),
                        who(connection),
                        place,
                        Optional.of(sandbox.shape()),
                        binds(request.binds()),
                        desktop,
                        command ? connection.takeWords() : Words.none()));
    }

    /** The connection runs a command in the session. */
    void enters(Connection connection, SessionRecord session) {
        if (!log.isOn()) {
            return;
        }
        Place place = place(
                session.template(),
                session.snapshot(),
                session.cloneId(),
                Optional.of(session.key().name()),
                OptionalLong.of(++commands));
        begin(
                connection,
                new Entry.Start(
                        now(),
                        who(connection),
                        place,
                        Optional.empty(),
                        Words.none(),
                        Entry.Desktop.NONE,
                        connection.takeWords()));
    }

    private static Place place(
            Optional<String> template,
            Optional<String> snapshot,
            String clone,
            Optional<String> session,
            OptionalLong command) {
        return new Place(template, snapshot, clone, session, command);
    }

    private static String word(X11 x11) {
        return x11 == X11.TRUSTED ? "trusted" : "untrusted";
    }

    private static Words binds(List<Bind> binds) {
        if (binds.isEmpty()) {
            return Words.none();
        }
        List<Bytes> words = new ArrayList<>(binds.size());
        for (Bind bind : binds) {
            Bytes word = bind.source().plus(SEPARATOR).plus(bind.destination());
            words.add(bind.readOnly() ? word.plus(READ_ONLY) : word);
        }
        return Words.of(words, false);
    }

    private void begin(Object what, Entry.Start start) {
        begun.put(what, new Begun(start.who(), start.place(), System.nanoTime()));
        log.add(start);
    }

    /** The sandbox has ended; nothing is said of one that nobody had. */
    void ended(Sandbox sandbox, Optional<Usage> usage) {
        end(sandbox, usage);
    }

    /** The connection is closed; nothing is said of one that was in no session. */
    void gone(Connection connection) {
        end(connection, Optional.empty());
    }

    private void end(Object what, Optional<Usage> usage) {
        Begun known = begun.remove(what);
        if (known != null) {
            long nanos = System.nanoTime() - known.since();
            log.add(new Entry.End(now(), Optional.of(known.who()), known.place(), Optional.of(nanos), usage));
        }
    }

    /** A sandbox of an earlier service has ended. */
    void adoptedEnded(Clone clone) {
        Optional<String> template = Optional.of(clone.template()).filter(name -> !name.equals(Clone.NO_TEMPLATE));
        Place place = place(
                template, clone.snapshot().map(Snapshot::name), clone.id(), Optional.empty(), OptionalLong.empty());
        log.add(new Entry.End(now(), Optional.empty(), place, Optional.empty(), Optional.empty()));
    }

    void refused(Connection connection, RefusedException why) {
        if (!log.isOn()) {
            return;
        }
        countPeriod();
        if (refusals.merge(connection.uid(), 1, Integer::sum) <= REFUSALS) {
            log.add(new Entry.Refusal(
                    now(), who(connection), connection.takeWords(), String.valueOf(why.getMessage())));
        }
    }

    private void countPeriod() {
        if (System.nanoTime() - periodStart >= PERIOD) {
            tellOmitted();
            periodStart = System.nanoTime();
        }
    }

    private void tellOmitted() {
        refusals.forEach((uid, count) -> {
            if (count > REFUSALS) {
                log.add(new Entry.Omitted(now(), uid, count - REFUSALS));
            }
        });
        refusals.clear();
    }

    /** The service begins to serve, or has ended. */
    void serves(boolean begins) {
        log.add(new Entry.ServiceState(now(), begins, ProcessHandle.current().pid()));
        flush();
    }

    /** What was said since the last time is written now. */
    void flush() {
        log.wake();
    }

    /** Time until {@link #tick} has something to do, in ns. */
    long left(long now) {
        return refusals.isEmpty() ? Long.MAX_VALUE : Math.max(0, periodStart + PERIOD - now);
    }

    void tick() {
        if (!refusals.isEmpty()) {
            countPeriod();
        }
        flush();
    }

    void close() {
        tellOmitted();
        serves(false);
        log.close();
    }
}
