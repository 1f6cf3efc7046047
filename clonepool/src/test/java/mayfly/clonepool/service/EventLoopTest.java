package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Poller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class EventLoopTest {
    private static final EventLoop.Clock NEVER = new EventLoop.Clock() {
        @Override
        public long left(long now) {
            return Long.MAX_VALUE;
        }

        @Override
        public void tick(long now) {}
    };

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final EventLoop loop;
    private final List<String> happened = new ArrayList<>();

    EventLoopTest() throws IOException {
        loop = new EventLoop(new Log(new PrintStream(log, true, StandardCharsets.UTF_8)));
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private static void write(int fd) throws IOException {
        Descriptors.writeFully(fd, ByteBuffer.allocateDirect(1).put((byte) 1).flip());
    }

    @Test
    void what_other_threads_post_runs_in_order_in_the_loops_thread() throws IOException {
        Thread loopThread = Thread.currentThread();
        Thread poster = new Thread(() -> {
            for (int i = 0; i < 1_000; i++) {
                int number = i;
                loop.post(() -> {
                    assertEquals(loopThread, Thread.currentThread());
                    happened.add(String.valueOf(number));
                });
            }
            loop.post(loop::stop);
        });
        poster.start();
        loop.run(NEVER);
        assertEquals(1_000, happened.size());
        assertEquals("999", happened.get(999));
        assertEquals("", log.toString(StandardCharsets.UTF_8));
    }

    @Test
    void a_descriptor_that_is_used_again_gets_no_events_of_its_earlier_use() throws IOException {
        int[] first = Descriptors.pipe();
        int[] second = Descriptors.pipe();
        write(first[1]);
        write(second[1]);
        // Both are readable at once; the handler that runs first puts another pipe in the other one's place.
        int[] other = new int[2];
        EventLoop.Handler replace = events -> {
            happened.add("first");
            int mine = happened.size() == 1 ? first[0] : second[0];
            int replaced = mine == first[0] ? second[0] : first[0];
            loop.forget(mine);
            if (happened.size() == 1) {
                loop.forget(replaced);
                Descriptors.close(replaced);
                int[] pipe = Descriptors.pipe();
                other[0] = pipe[0];
                other[1] = pipe[1];
                loop.watch(other[0], Poller.IN, later -> happened.add("stale"));
                assertEquals(replaced, other[0]);
            }
            loop.post(loop::stop);
        };
        loop.watch(first[0], Poller.IN, replace);
        loop.watch(second[0], Poller.IN, replace);
        loop.run(NEVER);
        assertEquals(List.of("first"), happened);
        for (int fd : List.of(first[0], first[1], second[1], other[0], other[1])) {
            Descriptors.close(fd);
        }
    }

    @Test
    void a_mistake_with_one_descriptor_does_not_end_the_loop() throws IOException {
        loop.post(() -> {
            throw new IllegalStateException("oops");
        });
        loop.post(() -> {
            throw new OutOfMemoryError("no room");
        });
        loop.post(loop::stop);
        loop.run(NEVER);
        String logged = log.toString(StandardCharsets.UTF_8);
        assertTrue(logged.contains("oops") && logged.contains("no room"), logged);
    }

    @Test
    void the_clock_ticks_when_its_time_has_come() throws IOException {
        long due = System.nanoTime() + 20_000_000;
        boolean[] ticked = new boolean[1];
        loop.run(new EventLoop.Clock() {
            @Override
            public long left(long now) {
                return Math.max(0, due - now);
            }

            @Override
            public void tick(long now) {
                ticked[0] = now - due >= 0;
                if (ticked[0]) {
                    loop.stop();
                }
            }
        });
        assertTrue(ticked[0]);
        assertFalse(System.nanoTime() - due < 0);
    }
}
