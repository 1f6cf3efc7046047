package mayfly.benchmarks.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.pool.Parking;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A parked sandbox found by its shape and taken, and its replacement parked, among so many shapes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ParkingBenchmark {
    /** Sandboxes are their numbers. */
    private static final class Orders implements Parking.Orders<Integer, Integer> {
        private final List<Shape> ordered = new ArrayList<>();

        @Override
        public void make(Shape shape, boolean urgent) {
            ordered.add(shape);
        }

        @Override
        public boolean cancel(Shape shape) {
            return ordered.remove(shape);
        }

        @Override
        public void deliver(Integer waiter, Integer sandbox) {}

        @Override
        public void refuse(Integer waiter, RefusedException why) {
            throw new IllegalStateException(why);
        }

        @Override
        public void discard(Integer sandbox) {
            throw new IllegalStateException("more are parked than was thought");
        }
    }

    @Param({"1", "16"})
    private int shapes;

    private final Orders orders = new Orders();
    private final Parking<Integer, Integer> parking = new Parking<>(Limits::defaults, orders);
    private int sandboxes;
    private int next;

    @Setup
    public void fill() {
        for (int uid = 1; uid <= shapes; uid++) {
            parking.await(Claims.shape(uid), 0, 0);
            makeOrdered(); // delivers to who waits, and orders one to park
            makeOrdered();
        }
    }

    private void makeOrdered() {
        List<Shape> made = List.copyOf(orders.ordered);
        orders.ordered.clear();
        made.forEach(shape -> parking.made(shape, ++sandboxes));
    }

    /** The shape is a new object, as in a claim. */
    @Benchmark
    public Integer takeAndPark() {
        next = next % shapes + 1;
        Optional<Integer> taken = parking.take(Claims.shape(next), 0);
        makeOrdered();
        return taken.orElseThrow();
    }
}
