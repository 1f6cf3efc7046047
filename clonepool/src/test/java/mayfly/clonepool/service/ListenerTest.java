package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import mayfly.clonepool.config.ListenConfiguration;
import mayfly.clonepool.config.ListenConfiguration.Bounds;
import mayfly.clonepool.config.ListenConfiguration.Sockets;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ListenerTest {
    private static final long SOMEBODY = 4_000_001;

    /** A listener that says who it is, as mayfly-listen does, and then its number in a FIFO. */
    private static final String SCRIPT = "echo user " + SOMEBODY + " >&0; echo $$ >\"$0\"; exec cat <&0";

    private final Log log = new Log(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    private final EventLoop loop;
    private final Listener listener;
    private final Path fifo;

    ListenerTest(@TempDir Path directory) throws IOException, InterruptedException {
        fifo = directory.resolve("number");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        loop = new EventLoop(log);
        listener = new Listener(
                loop,
                new ListenConfiguration(
                        "web",
                        new Sockets(List.of(":80"), List.of(), Optional.empty()),
                        new Bounds(OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), OptionalInt.empty()),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        List.of(),
                        List.of("cat")),
                List.of(Bytes.utf8("/bin/sh"), Bytes.utf8("-c"), Bytes.utf8(SCRIPT), Bytes.utf8(fifo.toString())),
                List.of(),
                log);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private void runUntil(BooleanSupplier condition) throws IOException {
        loop.run(new EventLoop.Clock() {
            @Override
            public long left(long now) {
                return Long.MAX_VALUE;
            }

            @Override
            public void tick(long now) {
                if (condition.getAsBoolean()) {
                    loop.stop();
                }
            }
        });
    }

    private int number() throws IOException {
        return Integer.parseInt(Files.readString(fifo).trim());
    }

    private boolean isPeer(int pid, long uid) {
        return listener.isPeer(new Connection(-1, uid, uid, pid, new Caller(uid, uid, List.of())));
    }

    @Test
    void a_connection_is_a_listeners_by_process_and_user() throws IOException {
        listener.begin(System.nanoTime());
        int pid = number();
        // The loop has not run yet: it is said on another socket than the connection's.
        assertTrue(isPeer(pid, SOMEBODY));
        assertFalse(isPeer(pid, SOMEBODY + 1));
        assertFalse(isPeer(pid, 0));
        assertFalse(isPeer(pid + 1, SOMEBODY));
        listener.stop();
        loop.post(() -> {}); // looks at once
        runUntil(() -> !isPeer(pid, SOMEBODY));
    }

    @Test
    void one_that_was_made_before_the_listener_began_is_of_another_process_that_had_its_number() throws IOException {
        listener.begin(System.nanoTime() + TimeUnit.HOURS.toNanos(1));

        assertFalse(isPeer(number(), SOMEBODY));
    }
}
