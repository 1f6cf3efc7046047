package mayfly.clonepool.service;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.sandbox.Counts;

/**
 * What workers ask for clients, and what may never answer: a user has no more than half of the workers, users take turns, and
 * nothing more is asked for those who have gone. For the door's thread.
 */
final class Asking {
    private static final int MOST_OF_ONE = Workers.COUNT / 2;

    private record Question(long uid, Supplier<Runnable> work) {}

    private final EventLoop loop;
    private final Workers workers;
    private final Urgency urgency;
    private final Turns<Connection> turns = new Turns<>();
    private final Map<Connection, Question> waiting = new HashMap<>();
    private final Counts<Long> atWorkOf = new Counts<>();
    private int atWork;

    /** @param urgency work that has {@link Workers#COUNT} threads */
    Asking(EventLoop loop, Workers workers, Urgency urgency) {
        this.loop = loop;
        this.workers = workers;
        this.urgency = urgency;
    }

    /**
     * Has something asked, one thing at a time for a connection.
     *
     * @param work runs in a worker, unless the connection is withdrawn before its turn, what it gives runs in the
     *     loop's thread; when it fails, nothing does
     */
    void ask(Connection connection, Supplier<Runnable> work) {
        long uid = connection.caller().uid();
        waiting.put(connection, new Question(uid, work));
        turns.add(uid, connection);
        beginNext();
    }

    /** Nobody waits any more. */
    void withdraw(Connection connection) {
        Question question = waiting.remove(connection);
        if (question != null) {
            turns.remove(question.uid(), connection);
        }
    }

    private void beginNext() {
        while (atWork < Workers.COUNT) {
            Optional<Connection> next = turns.next(uid -> atWorkOf.of(uid) < MOST_OF_ONE, connection -> true);
            Question question = next.map(waiting::remove).orElse(null);
            if (question == null) {
                return;
            }
            begin(question);
        }
    }

    private void begin(Question question) {
        atWork++;
        atWorkOf.add(question.uid());
        workers.submit(urgency, () -> {
            Runnable then = () -> {};
            try {
                then = question.work().get();
            } finally {
                Runnable answer = then;
                loop.post(() -> ended(question, answer));
            }
        });
    }

    private void ended(Question question, Runnable then) {
        atWork--;
        atWorkOf.remove(question.uid());
        beginNext();
        then.run();
    }
}
