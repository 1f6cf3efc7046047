package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Orders of several users to pools that never make a clone, so that every refill waits until it is drained. */
@Timeout(60)
final class AdministrationQueueTest {
    private static final long MAINTAINER = 4_000_002;
    private static final int TEMPLATES = 12;

    private final Log log = new Log(System.err);
    private final List<TestClient> clients = new ArrayList<>();
    private final EventLoop loop;
    private final Door door;
    private Administration administration;

    AdministrationQueueTest() throws IOException {
        loop = new EventLoop(log);
        door = new Door(loop, new Desk(), Optional.empty(), log);
        administration = administration(List.of());
    }

    private final DirectoryLocks locks = new DirectoryLocks();

    private Administration administration(List<Template> templates) {
        Workers workers = new Workers();
        CloneBudget budget = new CloneBudget(() -> 1);
        Templates all = new Templates(templates);
        Clearance clearance = new Clearance(
                all,
                new NoCommands(),
                new Reaper(workers, budget, new RangeFiles(Bytes.empty(), Optional.empty(), log), log));
        return new Administration(loop, door, all, new Operations(() -> 9, clearance, Clock.systemUTC(), log), log);
    }

    @BeforeEach
    void aLoop(@TempDir Path directory) throws Exception {
        List<Template> templates = new ArrayList<>();
        for (int i = 0; i < TEMPLATES; i++) {
            templates.add(
                    IdleTemplate.of("t" + i, directory, Access.everybody(), Set.of(MAINTAINER), directory, locks));
        }
        administration = administration(templates);
        Thread thread = new Thread(this::work, "loop");
        thread.setDaemon(true);
        thread.start();
    }

    private void work() {
        try {
            loop.run(new EventLoop.Clock() {
                @Override
                public long left(long now) {
                    return administration.left(now);
                }

                @Override
                public void tick(long now) {
                    administration.tick(now);
                }
            });
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void nothingWaits() throws Exception {
        // Again and again: a refill that has waited begins after a drain.
        TestService.await(() -> {
            drains(0).isAnswered();
            return onLoop(() -> administration.isIdle());
        });
        clients.forEach(TestClient::close);
        loop.post(loop::stop);
        locks.close();
    }

    private static final class NoCommands implements Clearance.Commands {
        @Override
        public int in(String template, Predicate<Clone> concerned) {
            return 0;
        }

        @Override
        public int inItself(Bytes directory) {
            return 0;
        }
    }

    private final class Desk implements Door.Desk {
        @Override
        public void claim(Connection connection, Frame.Claim claim) {}

        @Override
        public void ask(Connection connection, Frame.Ask ask) {}

        @Override
        public void gone(Connection connection) {
            administration.gone(connection);
        }
    }

    private interface Call<T> {
        T call() throws Exception;
    }

    private <T> T onLoop(Call<T> call) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.post(() -> {
            try {
                result.complete(call.call());
            } catch (Exception | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result.get();
    }

    private interface Order {
        void give(Connection connection) throws RefusedException;
    }

    private TestClient client(long uid, Order order) throws Exception {
        int[] sockets = Sockets.pair();
        TestClient client = new TestClient(sockets[1]);
        clients.add(client);
        Connection connection = new Connection(sockets[0], uid, uid, 0, new Caller(uid, uid, List.of()));
        return onLoop(() -> {
            loop.watch(sockets[0], Poller.IN, events -> door.close(connection));
            try {
                order.give(connection);
            } catch (RefusedException e) {
                door.refuse(connection, e);
            }
            return client;
        });
    }

    private TestClient refills(long uid, int template) throws Exception {
        Question.Refill refill = new Question.Refill("t" + template, OptionalInt.of(1), false, false);
        return client(uid, connection -> administration.ask(connection, refill));
    }

    private TestClient drains(long uid) throws Exception {
        return client(uid, connection -> administration.drain(connection, new Question.Drain(Optional.empty())));
    }

    @Test
    void one_user_has_so_many_orders_and_others_are_served() throws Exception {
        for (int i = 0; i < 4; i++) {
            refills(MAINTAINER, i);
        }
        assertEquals(
                "cannot refill: 4 orders of user 4000002 are not finished",
                refills(MAINTAINER, 4).isRefused().message());
        Question.Snapshots snapshots = new Question.Snapshots("t0");
        assertEquals(
                "{\"snapshots\":[]}",
                client(0, connection -> administration.ask(connection, snapshots))
                        .isAnswered());
        assertEquals("{\"discarded\":0}", drains(MAINTAINER).isAnswered());
    }

    @Test
    void an_answer_that_is_too_long_is_told_of() throws Exception {
        Frame answer = new Frame.Answer("{\"snapshots\":[" + "\"a\",".repeat(70_000) + "\"a\"]}");
        TestClient client = client(0, connection -> {
            assertEquals(Door.Sent.NOTHING, door.send(connection, answer, -1));
            door.close(connection);
        });
        assertEquals(
                "cannot answer: the answer is too long, with more than 262144 bytes",
                client.isRefused().message());
    }

    @Test
    void draining_waits_for_nothing() throws Exception {
        List<TestClient> refills = new ArrayList<>();
        for (int i : IntStream.range(0, TEMPLATES).toArray()) {
            refills.add(refills(0, i));
        }
        assertEquals("{\"discarded\":0}", drains(0).isAnswered());
        assertTrue(refills.get(0).hears().isPresent());
    }

    @Test
    void an_order_that_waits_is_dropped_with_its_connection() throws Exception {
        for (int i = 0; i < 8; i++) {
            refills(0, i);
        }
        TestClient waiting = refills(0, 8);
        assertEquals(
                "cannot refill template t8: somebody else's order to refill it is being carried out",
                refills(0, 8).isRefused().message());
        clients.remove(waiting);
        waiting.close();
        Question.Create create = new Question.Create("t8");
        TestService.await(() -> {
            Frame first = client(0, connection -> administration.ask(connection, create))
                    .hears()
                    .orElseThrow();
            return first.equals(new Frame.Progress("{\"text\":\"waiting for other work\"}"));
        });
    }
}
