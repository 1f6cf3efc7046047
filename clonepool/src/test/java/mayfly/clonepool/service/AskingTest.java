package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.sandbox.Caller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class AskingTest {
    private static final int OWN = Workers.COUNT / 2;

    private final Workers workers = new Workers();
    private final EventLoop loop = new EventLoop(new Log(new PrintStream(System.err, true, StandardCharsets.UTF_8)));
    private final Asking asking = new Asking(loop, workers, Urgency.ACCOUNTS);
    private final List<String> answers = new ArrayList<>();
    private final Semaphore begun = new Semaphore(0);
    private final CountDownLatch answered = new CountDownLatch(1);

    AskingTest() throws IOException {}

    @AfterEach
    void close() throws InterruptedException {
        answered.countDown();
        workers.finish(1, TimeUnit.MINUTES);
        loop.close();
    }

    private static Connection connection(long uid) {
        return new Connection(-1, uid, uid, 1, new Caller(uid, uid, List.of()));
    }

    private void ask(Connection connection, String name, boolean waits) {
        asking.ask(connection, () -> {
            begun.release();
            try {
                if (waits) {
                    answered.await();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return () -> answers.add(name);
        });
    }

    /** Until so many answers have come. */
    private void run(int count, Runnable afterFirst) throws IOException {
        loop.run(new EventLoop.Clock() {
            private boolean isFirst = true;

            @Override
            public long left(long now) {
                return Long.MAX_VALUE;
            }

            @Override
            public void tick(long now) {
                if (isFirst && !answers.isEmpty()) {
                    isFirst = false;
                    afterFirst.run();
                }
                if (answers.size() >= count) {
                    loop.stop();
                }
            }
        });
    }

    @Test
    void a_user_who_asks_for_much_leaves_half_of_the_workers_to_others_and_nothing_is_asked_for_who_has_gone()
            throws IOException, InterruptedException {
        List<Connection> many = new ArrayList<>();
        for (int i = 0; i < 3 * OWN; i++) {
            many.add(connection(1));
            ask(many.get(i), "one", true);
        }
        assertTrue(begun.tryAcquire(OWN, 1, TimeUnit.MINUTES));
        ask(connection(2), "two", false);
        int waiting = 1;
        // Whoever was asked for in place of those that have gone would have been before the last one.
        run(1 + OWN + waiting + 1, () -> {
            assertEquals(List.of("two"), answers);
            assertEquals(1, begun.availablePermits());
            many.subList(OWN + waiting, many.size()).forEach(asking::withdraw);
            ask(many.get(0), "last", true);
            answered.countDown();
        });
        assertEquals(OWN + waiting, answers.stream().filter("one"::equals).count());
        assertEquals(1 + waiting + 1, begun.availablePermits());
    }
}
