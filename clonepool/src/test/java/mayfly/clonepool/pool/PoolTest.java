package mayfly.clonepool.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.DirectoryStore;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PoolTest {
    @TempDir
    private Path temporary = Path.of("/");

    private final Deque<Runnable> background = new ArrayDeque<>();

    private Pool pool(int size, List<Clone> kept) throws IOException {
        ClonesDirectory clones = new ClonesDirectory(temporary.resolve("clones"));
        return new Pool(new DirectoryStore("d", temporary.resolve("t"), "1", clones), size, kept, background::add);
    }

    private void work() {
        while (!background.isEmpty()) {
            background.remove().run();
        }
    }

    @Test
    void a_pool_fills_to_its_size_in_the_background() throws IOException {
        Files.createDirectory(temporary.resolve("t"));
        Pool pool = pool(3, List.of());
        pool.fill();
        pool.fill();
        assertEquals(1, background.size());
        work();
        assertEquals(3, pool.ready());
    }

    @Test
    void what_is_taken_is_replaced_and_never_given_twice() throws IOException, RefusedException {
        Files.createDirectory(temporary.resolve("t"));
        Pool pool = pool(1, List.of());
        pool.fill();
        work();
        Clone first = pool.take();
        assertEquals(0, pool.ready());
        Clone second = pool.take();
        assertNotEquals(first, second);
        work();
        assertEquals(1, pool.ready());
    }

    @Test
    void kept_clones_are_used_first() throws IOException, RefusedException {
        Files.createDirectory(temporary.resolve("t"));
        Pool pool = pool(1, List.of());
        pool.fill();
        work();
        Clone kept = pool.take();
        assertEquals(kept, pool(1, List.of(kept)).take());
    }

    @Test
    void a_failure_is_reported_and_the_next_use_tries_again() throws IOException, RefusedException {
        Pool pool = pool(1, List.of());
        pool.fill();
        work();
        assertEquals(
                Optional.of("cannot make a clone of template d: " + temporary.resolve("t") + " is not a directory"),
                pool.lastError());
        assertThrows(RefusedException.class, pool::take);
        Files.createDirectory(temporary.resolve("t"));
        work();
        assertEquals(1, pool.ready());
        assertEquals(Optional.empty(), pool.lastError());
    }
}
