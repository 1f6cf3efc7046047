package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Accounts;

/** Users' shells. The user database can be far away, so it is asked by a worker; answers hold for a minute. */
final class Shells {
    private static final Bytes UNKNOWN = Bytes.utf8("/bin/sh");
    private static final long VALID = Duration.ofMinutes(1).toNanos();

    private record Answer(Bytes shell, long time) {}

    private final EventLoop loop;
    private final Workers workers;
    private final Log log;
    private final Map<Long, Answer> answers = new HashMap<>();
    private final Map<Long, Map<Connection, Runnable>> waiting = new HashMap<>();

    Shells(EventLoop loop, Workers workers, Log log) {
        this.loop = loop;
        this.workers = workers;
        this.log = log;
    }

    /** The user's shell, if it was looked up lately. */
    Optional<Bytes> known(long uid, long now) {
        Answer answer = answers.get(uid);
        return answer == null || now - answer.time() > VALID ? Optional.empty() : Optional.of(answer.shell());
    }

    /** Looks the shell of the connection's user up; {@code then} runs in the loop's thread when it is known. */
    void lookUp(Connection connection, Runnable then) {
        long uid = connection.caller().uid();
        boolean isAsked = waiting.containsKey(uid);
        waiting.computeIfAbsent(uid, user -> new LinkedHashMap<>()).put(connection, then);
        if (isAsked) {
            return;
        }
        workers.submit(Urgency.ACCOUNTS, () -> {
            Bytes found = UNKNOWN;
            try {
                found = shell(uid);
            } finally {
                Bytes shell = found;
                loop.post(() -> {
                    answers.put(uid, new Answer(shell, System.nanoTime()));
                    waiting.remove(uid).values().forEach(loop::post);
                });
            }
        });
    }

    /** The connection has gone: it waits for nothing any more. */
    void withdraw(Connection connection) {
        Map<Connection, Runnable> those = waiting.get(connection.caller().uid());
        if (those != null) {
            those.remove(connection);
        }
    }

    private Bytes shell(long uid) {
        try {
            return Accounts.user(uid)
                    .map(Accounts.User::shell)
                    .filter(shell -> !shell.isEmpty())
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            log.line("cannot look up user " + uid + ": " + Failure.reason(e));
            return UNKNOWN;
        }
    }
}
