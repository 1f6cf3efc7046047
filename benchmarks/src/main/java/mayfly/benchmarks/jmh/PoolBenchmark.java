package mayfly.benchmarks.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.clonepool.store.Stores;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A clone through all its states: ready, leased, dirty, gone, and the next one made. Of an empty template and on the
 * temporary directory's filesystem, so that it is the pool's own part as far as that can be.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PoolBenchmark {
    /** Does in the same thread what a service does in others. */
    private final class Surroundings implements Pool.Background, Pool.Keeper {
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
            // Nobody makes snapshots here.
        }

        @Override
        public void discard(Clone clone) {
            throw new IllegalStateException("the pool gives up " + clone.id());
        }

        @Override
        public void newer() {
            throw new IllegalStateException("a newer snapshot");
        }

        @Override
        public void renew() {
            throw new IllegalStateException("another template");
        }

        @Override
        public void hold() {
            throw new IllegalStateException("held");
        }

        @Override
        public void release() {
            throw new IllegalStateException("released");
        }
    }

    private static final int CLONES = 4;

    private final Path place;
    private final Deque<Runnable> work = new ArrayDeque<>();
    private final DirectoryLocks locks = new DirectoryLocks();
    private final CloneBudget budget = new CloneBudget(() -> CLONES);
    private final CloneStore store;
    private final Pool pool;

    public PoolBenchmark() {
        try {
            place = Files.createTempDirectory("mayfly-pool");
            store = openStore();
        } catch (IOException | RefusedException | ConfigurationException e) {
            throw new IllegalStateException(e);
        }
        Surroundings surroundings = new Surroundings();
        pool = new Pool("t", store, new Pool.Size(1, 1, 0), budget, surroundings, surroundings);
        pool.begin(List.of());
        work();
    }

    private CloneStore openStore() throws IOException, RefusedException, ConfigurationException {
        Path template = Files.createDirectory(place.resolve("template"));
        Path file = Files.writeString(
                place.resolve("mayfly.toml"), "[template.t]\nstore = 'overlay'\npath = '" + template + "'\n");
        Stores stores = new Stores(
                new Stores.Surroundings(
                        false,
                        place.resolve("run"),
                        place.resolve("data"),
                        Bytes.utf8("/no/mayfly-zfs"),
                        Bytes.utf8("/no/mayfly-enter"),
                        places -> {
                            throw new IOException("not the host");
                        },
                        Transition.Listener.none()),
                locks);
        return stores.open(ConfigurationFile.read(file).template("t").orElseThrow());
    }

    private void work() {
        for (Runnable task = work.poll(); task != null; task = work.poll()) {
            task.run();
        }
    }

    @Benchmark
    public Map<Clone, String> wholeLife() throws IOException, RefusedException {
        Clone dirty = store.clones().condemn(store.clones().use(pool.take()));
        Map<Clone, String> left = store.clones().destroy(List.of(dirty));
        budget.release();
        work();
        return left;
    }

    @TearDown
    public void close() throws IOException {
        locks.close();
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
