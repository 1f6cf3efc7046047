package mayfly.clonepool.service;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
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
import mayfly.sandbox.options.SessionWish;
import mayfly.sandbox.options.X11;
import mayfly.sandbox.posix.Processes.Usage;

/** Tells the audit log who gets what, and what is refused. For the door's thread. */
final class Trail {
    /** Refusals cost nothing to bring about: so many of each user in a period get a line, the others are counted. */
    private static final int REFUSALS = 100;

    /** A shell's, for a command that a signal has ended. */
    private static final int SIGNALLED = 128;

    private static final long PERIOD = TimeUnit.SECONDS.toNanos(10);
    private static final Bytes SEPARATOR = Bytes.utf8(":");
    private static final Bytes READ_ONLY = Bytes.utf8(":ro");

    private final AuditLog log;
    private final ListenerNames listeners;
    /** What has a beginning and no end yet: by its sandbox, or by its connection when that is in a session. */
    private final Map<Object, Begun> begun = new HashMap<>();

    private final Map<Long, Integer> refusals = new HashMap<>();
    private long periodStart = System.nanoTime();

    /** Whose connection one is. */
    interface ListenerNames {
        Optional<String> named(Connection connection);
    }

    private record Begun(Who who, Place place, long since) {}

    Trail(AuditLog log, ListenerNames listeners) {
        this.log = log;
        this.listeners = listeners;
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    private Who who(Connection connection) {
        return new Who(
                connection.uid(),
                connection.gid(),
                connection.caller().uid(),
                connection.pid(),
                listeners.named(connection));
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
                        Optional.of(new Entry.Made(
                                sandbox.shape(),
                                binds(request.binds()),
                                desktop,
                                sandbox.room(),
                                sandbox.view().isPresent(),
                                request.session().map(SessionWish::idle).orElse(OptionalLong.empty()),
                                request.session().map(SessionWish::time).orElse(OptionalLong.empty()))),
                        command ? request.chdir() : Optional.empty(),
                        command ? connection.takeWords() : Words.none()));
    }

    /** The connection runs a command in the session, that of this number. */
    void enters(Connection connection, RunRequest request, SessionRecord session, long command) {
        if (!log.isOn()) {
            return;
        }
        Place place = place(
                session.template(),
                session.snapshot(),
                session.cloneId(),
                Optional.of(session.key().name()),
                OptionalLong.of(command));
        begin(
                connection,
                new Entry.Start(
                        now(), who(connection), place, Optional.empty(), request.chdir(), connection.takeWords()));
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
    void ended(Sandbox sandbox, Optional<Usage> usage, Optional<Frame.Finished> told) {
        // Where the caller must not see the root, and for the template's hooks, it is shown to the service.
        boolean toService =
                sandbox.view().isPresent() || !sandbox.shape().isolation().ownHooks();
        end(sandbox, usage, told.map(it -> finish(it, toService ? 1 : 0)).orElse(Entry.Finish.UNTOLD));
    }

    /** The connection is closed; nothing is said of one that was in no session. */
    void gone(Connection connection, Optional<Frame.Finished> told) {
        Optional<Usage> usage = told.filter(it -> it.end().isPresent())
                .map(it -> new Usage(it.userMicros(), it.systemMicros(), it.peakKib()));
        end(connection, usage, told.map(it -> finish(it, 0)).orElse(Entry.Finish.UNTOLD));
    }

    /** @param toService how often the root was shown to the service itself */
    private static Entry.Finish finish(Frame.Finished told, int toService) {
        OptionalInt exit = OptionalInt.empty();
        OptionalInt signal = OptionalInt.empty();
        Frame.Outcome end = told.end().orElse(null);
        if (end instanceof Frame.Outcome.Exited exited) {
            exit = OptionalInt.of(exited.code());
        } else if (end instanceof Frame.Outcome.Killed killed) {
            exit = OptionalInt.of(SIGNALLED + killed.signal());
            signal = OptionalInt.of(killed.signal());
        }
        return new Entry.Finish(exit, signal, told.failure(), told.roots() > toService);
    }

    private void end(Object what, Optional<Usage> usage, Entry.Finish finish) {
        Begun known = begun.remove(what);
        if (known != null) {
            long nanos = System.nanoTime() - known.since();
            log.add(new Entry.End(now(), Optional.of(known.who()), known.place(), finish, Optional.of(nanos), usage));
        }
    }

    /** A sandbox of an earlier service has ended. */
    void adoptedEnded(Clone clone) {
        Optional<String> template = Optional.of(clone.template()).filter(name -> !name.equals(Clone.NO_TEMPLATE));
        Place place = place(
                template, clone.snapshot().map(Snapshot::name), clone.id(), Optional.empty(), OptionalLong.empty());
        log.add(new Entry.End(now(), Optional.empty(), place, Entry.Finish.UNTOLD, Optional.empty(), Optional.empty()));
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
