package mayfly.clonepool.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.clonepool.store.Snapshot;
import mayfly.clonepool.store.Stores;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pools on a real directory store; what they do in the background is done when the test says so. */
final class PoolTest {
    private final DirectoryLocks locks = new DirectoryLocks();

    @AfterEach
    void close() {
        locks.close();
    }

    @TempDir
    private Path temporary = Path.of("/");

    private final Deque<Runnable> work = new ArrayDeque<>();
    private final Deque<Runnable> later = new ArrayDeque<>();
    private final List<Duration> pauses = new ArrayList<>();
    private final List<Clone> discarded = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private Path template = Path.of("/");

    @BeforeEach
    void makeTemplate() throws IOException {
        template = Files.createDirectory(temporary.resolve("t"));
    }

    private CloneStore store() throws IOException, RefusedException, ConfigurationException {
        Path file = Files.writeString(
                temporary.resolve("m.toml"), "[template.d]\nstore = 'directory'\npath = '" + template + "'\n");
        Configuration configuration = ConfigurationFile.read(file);
        Stores stores = new Stores(
                new Stores.Surroundings(
                        false,
                        temporary.resolve("run"),
                        temporary.resolve("data"),
                        Bytes.utf8("/no/mayfly-zfs"),
                        Bytes.utf8("/no/mayfly-enter"),
                        places -> {
                            throw new IOException("not the host");
                        },
                        Transition.Listener.none()),
                locks);
        return stores.open(configuration.template("d").orElseThrow());
    }

    private Pool pool(int ready, int readyMax) throws Exception {
        return pool(new Pool.Size(ready, readyMax, 0), 100);
    }

    private Pool pool(Pool.Size size, int limit) throws Exception {
        return new Pool(
                "d",
                store(),
                size,
                new CloneBudget(() -> limit),
                new Pool.Background() {
                    @Override
                    public void make(Runnable task) {
                        work.add(task);
                    }

                    @Override
                    public void look(Runnable task) {
                        work.add(task);
                    }

                    @Override
                    public void lookLater(Duration delay, Runnable task) {
                        pauses.add(delay);
                        later.add(task);
                    }
                },
                new Pool.Keeper() {
                    @Override
                    public void discard(Clone clone) {
                        discarded.add(clone);
                    }

                    @Override
                    public void newer() {
                        told.add("newer");
                    }

                    @Override
                    public void renew() {
                        told.add("renew");
                    }

                    @Override
                    public void hold() {
                        told.add("hold");
                    }

                    @Override
                    public void release() {
                        told.add("release");
                    }
                });
    }

    private Pool begun(int ready, int readyMax) throws Exception {
        Pool pool = pool(ready, readyMax);
        pool.begin(List.of());
        work();
        return pool;
    }

    private void work() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    /** The time has come for what was put off until now. */
    private void workLater() {
        List<Runnable> due = List.copyOf(later);
        later.clear();
        due.forEach(Runnable::run);
        work();
    }

    private static void nothing(int ready, int target) {}

    @Test
    void a_pool_fills_to_its_size_in_the_background() throws Exception {
        assertEquals(3, begun(3, 3).ready());
    }

    @Test
    void a_retired_pool_gives_up_what_is_ready_and_makes_no_more_whatever_it_is_told() throws Exception {
        Pool pool = begun(2, 2);
        pool.retire();
        pool.resume();
        assertEquals(0, pool.drain());
        pool.look();
        workLater();
        assertEquals(0, pool.ready());
        assertEquals(2, discarded.size());
        assertEquals(List.of(), told);
        assertThrows(RefusedException.class, () -> pool.refill(1, false, PoolTest::nothing));
    }

    @Test
    void a_pool_that_was_retired_before_it_began_gives_up_what_was_kept_for_it() throws Exception {
        Clone kept = begun(1, 1).take();
        Pool pool = pool(1, 1);
        pool.retire();
        pool.begin(List.of(kept));
        work();
        assertEquals(0, pool.ready());
        assertEquals(List.of(kept), discarded);
    }

    @Test
    void a_pool_of_another_size_has_as_many_as_that_says() throws Exception {
        Pool pool = begun(1, 1);
        pool.resize(new Pool.Size(3, 3, 0));
        work();
        assertEquals(3, pool.ready());
        pool.resize(new Pool.Size(1, 3, 0));
        work();
        assertEquals(1, pool.ready());
        assertEquals(2, discarded.size());
    }

    @Test
    void several_are_made_at_once() throws Exception {
        Pool pool = pool(9, 9);
        pool.begin(List.of());
        work.remove().run();
        assertEquals(4, work.size());
        assertEquals(4, pool.making());
        pool.fill();
        assertEquals(4, work.size());
    }

    @Test
    void what_is_taken_is_replaced_and_never_given_twice() throws Exception {
        Pool pool = begun(1, 1);
        Clone first = pool.take();
        assertEquals(0, pool.ready());
        Clone second = pool.take();
        assertNotEquals(first, second);
        work();
        assertEquals(1, pool.ready());
    }

    @Test
    void kept_clones_are_used_first() throws Exception {
        Clone kept = begun(1, 1).take();
        Pool next = pool(1, 1);
        next.begin(List.of(kept));
        assertEquals(kept, next.take());
    }

    @Test
    void demand_doubles_the_target_up_to_its_maximum_and_calm_halves_it() throws Exception {
        Pool pool = begun(2, 7);
        for (int i = 0; i < 3; i++) {
            pool.take();
        }
        assertEquals(4, pool.target());
        work();
        assertEquals(4, pool.ready());
        for (int i = 0; i < 5; i++) {
            pool.take();
        }
        assertEquals(7, pool.target());
        assertTrue(pauses.contains(Pool.CALM));
    }

    @Test
    void a_failure_is_reported_and_tried_again_after_growing_pauses() throws Exception {
        Files.delete(template);
        Pool pool = begun(1, 1);
        assertTrue(pool.lastError().orElseThrow().contains(template + " is not a directory"));
        assertThrows(RefusedException.class, pool::take);
        workLater();
        workLater();
        assertTrue(pauses.contains(Duration.ofSeconds(1)));
        assertTrue(pauses.contains(Duration.ofSeconds(2)));
        assertTrue(pauses.contains(Duration.ofSeconds(4)));
        Files.createDirectory(template);
        workLater();
        assertEquals(1, pool.ready());
        assertEquals(Optional.empty(), pool.lastError());
    }

    @Test
    void a_newer_snapshot_replaces_ready_clones_one_by_one() throws Exception {
        Pool pool = begun(2, 2);
        Snapshot snapshot = pool.store().template().snapshot("first");
        pool.look();
        assertEquals(2, pool.ready());
        assertEquals(List.of(), told);
        work.remove().run();
        assertEquals(2, pool.ready());
        assertEquals(1, discarded.size());
        assertEquals(List.of(), told);
        work();
        assertEquals(2, discarded.size());
        assertEquals(List.of("newer"), told);
        assertEquals(Optional.of(snapshot), pool.take().snapshot());
        assertEquals(Optional.of(snapshot), pool.take().snapshot());
        assertEquals(Optional.of(snapshot), pool.snapshot());
    }

    @Test
    void who_comes_before_the_first_clone_of_a_newer_snapshot_gets_an_older_one_at_once() throws Exception {
        Pool pool = begun(1, 1);
        pool.store().template().snapshot("first");
        pool.look();
        assertEquals(Optional.empty(), pool.take().snapshot());
    }

    @Test
    void a_newer_snapshot_is_found_without_being_told_of() throws Exception {
        Pool pool = begun(1, 1);
        pool.store().template().snapshot("first");
        workLater();
        assertEquals("first", pool.snapshot().orElseThrow().name());
        assertEquals("first", pool.take().snapshot().orElseThrow().name());
    }

    @Test
    void refilling_brings_it_to_that_number_and_keeps_it() throws Exception {
        Pool pool = begun(1, 1);
        Thread worker = new Thread(() -> {
            while (pool.ready() < 3) {
                Runnable next;
                synchronized (work) {
                    next = work.poll();
                }
                if (next != null) {
                    next.run();
                }
            }
        });
        Pool.Refilled refilled = refilled(pool, worker, 3, false);
        assertEquals(3, refilled.ready());
        assertEquals(2, refilled.made());
        assertEquals(3, pool.target());
        assertEquals(1, pool.refill(1, false, PoolTest::nothing).ready());
        assertEquals(2, discarded.size());
    }

    private static Pool.Refilled refilled(Pool pool, Thread worker, int count, boolean all) throws Exception {
        worker.start();
        try {
            return pool.refill(count, all, PoolTest::nothing);
        } finally {
            worker.join();
        }
    }

    @Test
    void a_refill_that_fails_says_why() throws Exception {
        Pool pool = begun(0, 0);
        Files.delete(template);
        Thread worker = new Thread(() -> {
            while (pool.lastError().isEmpty()) {
                Runnable next = work.poll();
                if (next != null) {
                    next.run();
                }
            }
        });
        RefusedException refusal = assertThrows(RefusedException.class, () -> refilled(pool, worker, 2, false));
        assertTrue(refusal.getMessage().contains("0 of 2 are ready"), refusal.getMessage());
    }

    @Test
    void a_drained_pool_stays_empty_until_it_is_refilled() throws Exception {
        Pool pool = begun(2, 2);
        assertEquals(2, pool.drain());
        pool.fill();
        work();
        assertEquals(0, pool.ready());
        assertTrue(pool.isHeld());
        assertEquals(List.of("hold"), told);
        pool.take();
        work();
        assertEquals(0, pool.ready());
        pool.refill(0, false, PoolTest::nothing);
        assertFalse(pool.isHeld());
        assertEquals(List.of("hold", "release"), told);
    }

    @Test
    void nothing_is_given_out_before_it_is_known_what_is_left_of_an_earlier_service() throws Exception {
        Pool pool = pool(1, 1);
        pool.cannotBegin(new RefusedException("cannot use template d: the pool tank is suspended"));
        RefusedException refusal = assertThrows(RefusedException.class, pool::take);
        assertEquals("cannot use template d: the pool tank is suspended", refusal.getMessage());
        assertThrows(RefusedException.class, pool::look);
        pool.fill();
        work();
        assertEquals(0, pool.ready());
        pool.begin(List.of());
        work();
        assertEquals(1, pool.ready());
        assertEquals(Optional.empty(), pool.lastError());
    }

    @Test
    void a_drained_pool_can_be_resumed() throws Exception {
        Pool pool = begun(2, 2);
        pool.drain();
        pool.resume();
        work();
        assertEquals(2, pool.ready());
    }

    @Test
    void there_are_no_more_clones_than_the_limit() throws Exception {
        Pool pool = pool(new Pool.Size(3, 3, 0), 2);
        pool.begin(List.of());
        work();
        assertEquals(2, pool.ready());
        assertTrue(pool.lastError().orElseThrow().contains("the limit of [limits] clones"));
        pool.take();
        pool.take();
        assertThrows(RefusedException.class, pool::take);
    }

    @Test
    void nothing_is_made_in_a_store_that_is_nearly_full() throws Exception {
        Pool pool = pool(new Pool.Size(1, 1, Long.MAX_VALUE), 100);
        pool.begin(List.of());
        work();
        assertTrue(pool.lastError().orElseThrow().contains("min-free"));
        assertEquals(0, pool.ready());
    }
}
