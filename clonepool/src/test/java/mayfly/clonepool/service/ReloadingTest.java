package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import mayfly.clonepool.config.Configuration;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class ReloadingTest {
    private static final Configuration OLD = Configuration.defaults();
    private static final Configuration NEW = new Configuration(
            OLD.defaultTemplate(), Duration.ofMinutes(1), OLD.imageBytes(), OLD.limits(), Map.copyOf(OLD.templates()));

    private final Log log = new Log(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
    private final EventLoop loop = new EventLoop(log);
    private final Settings settings = new Settings(OLD);
    private final List<String> happened = new ArrayList<>();
    private String refusesPreparation = "";
    private String refusesCheck = "";
    private String fails = "";

    ReloadingTest() throws Exception {}

    private Reloading.Part part(String name) {
        return (before, next) -> {
            if (refusesPreparation.equals(name)) {
                throw new RefusedException("cannot prepare " + name);
            }
            happened.add("prepares " + name);
            return new Reloading.Change() {
                @Override
                public void check() throws RefusedException {
                    if (refusesCheck.equals(name)) {
                        throw new RefusedException("cannot change " + name, "wait");
                    }
                }

                @Override
                public void commit() {
                    assertSame(NEW, settings.now());
                    if (fails.equals(name)) {
                        throw new IllegalStateException("a mistake");
                    }
                    happened.add("changes " + name);
                }

                @Override
                public void abandon() {
                    happened.add("abandons " + name);
                }
            };
        };
    }

    /** Asks, and lets the loop work until that is done; gives what is said of it. */
    private String reload(Reloading.Source source) throws Exception {
        Reloading reloading =
                new Reloading(loop, source, settings, List.of(part("a"), part("b")), Notifier.none(log), log);
        loop.post(reloading::ask);
        loop.run(new EventLoop.Clock() {
            @Override
            public long left(long now) {
                return reloading.isIdle() && !happened.isEmpty()
                        ? 0
                        : Duration.ofMillis(5).toNanos();
            }

            @Override
            public void tick(long now) {
                if (reloading.isIdle() && !happened.isEmpty()) {
                    loop.stop();
                }
            }
        });
        return reloading.trouble();
    }

    @Test
    void all_parts_change_when_all_are_prepared() throws Exception {
        assertEquals("", reload(() -> NEW));
        assertEquals(List.of("prepares a", "prepares b", "changes a", "changes b"), happened);
        assertSame(NEW, settings.now());
    }

    @Test
    void if_one_cannot_prepare_nothing_changes() throws Exception {
        refusesPreparation = "b";
        assertEquals("cannot prepare b", reload(() -> NEW));
        assertEquals(List.of("prepares a", "abandons a"), happened);
        assertSame(OLD, settings.now());
    }

    @Test
    void if_one_cannot_change_just_now_nothing_changes() throws Exception {
        refusesCheck = "b";
        assertEquals("cannot change b (wait)", reload(() -> NEW));
        assertEquals(List.of("prepares a", "prepares b", "abandons a", "abandons b"), happened);
        assertSame(OLD, settings.now());
    }

    @Test
    void a_mistake_in_one_part_is_told_and_stops_no_other_one() throws Exception {
        fails = "a";
        assertEquals(
                "a part of the service has not changed: java.lang.IllegalStateException: a mistake", reload(() -> NEW));
        assertEquals(List.of("prepares a", "prepares b", "changes b"), happened);
        assertSame(NEW, settings.now());
    }

    @Test
    void who_asks_while_it_is_read_has_it_read_again() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        List<Configuration> read = new ArrayList<>();
        Reloading reloading = new Reloading(
                loop,
                () -> {
                    read.add(NEW);
                    try {
                        asked.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return NEW;
                },
                settings,
                List.of(),
                Notifier.none(log),
                log);
        loop.post(() -> {
            reloading.ask();
            reloading.ask();
            reloading.ask();
            asked.countDown();
        });
        loop.run(new EventLoop.Clock() {
            @Override
            public long left(long now) {
                return Duration.ofMillis(5).toNanos();
            }

            @Override
            public void tick(long now) {
                if (reloading.isIdle() && read.size() == 2) {
                    loop.stop();
                }
            }
        });
        assertEquals(2, read.size());
    }
}
