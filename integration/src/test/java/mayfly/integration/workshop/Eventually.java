package mayfly.integration.workshop;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what takes a moment. */
public final class Eventually {
    /** How many times slower than usual this machine is: the system property {@code mayfly.slowness}. */
    static final int SLOWNESS = Integer.getInteger("mayfly.slowness", 1);

    /** Long: who waits in vain fails in any case, and the machine may have much else to do. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(10);

    private Eventually() {}

    /** Returns as soon as the condition holds; fails when it does not come. */
    public static void holds(String what, BooleanSupplier condition) {
        holds(what, LIMIT, condition);
    }

    public static void holds(String what, Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos() * SLOWNESS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + limit.toMillis() + " ms: " + what);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** The value as soon as there is one. */
    public static <T> T gives(String what, Supplier<Optional<T>> source) {
        long end = System.nanoTime() + LIMIT.toNanos() * SLOWNESS;
        for (; ; ) {
            Optional<T> value = source.get();
            if (value.isPresent()) {
                return value.get();
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + LIMIT.toMillis() + " ms: " + what);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
