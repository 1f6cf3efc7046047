package mayfly.benchmarks.jmh;

import java.util.List;
import java.util.concurrent.TimeUnit;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Options read: none, some that were read lately, and some that never were. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OptionsBenchmark {
    private static final List<Bytes> NONE = Claims.words("mayfly", "make", "test");
    private static final List<Bytes> SOME =
            Claims.words("mayfly", "-z", "debian", "-d", "/srv/data:/data", "-v", "HOME", "make", "test");

    private final RunOptions options = new RunOptions();
    private long number;

    @Benchmark
    public Object none() throws RefusedException {
        return options.read(NONE, false);
    }

    @Benchmark
    public Object someAgain() throws RefusedException {
        return options.read(SOME, false);
    }

    @Benchmark
    public Object someNew() throws RefusedException {
        return options.read(
                Claims.words("mayfly", "-z", "debian", "-d", "/srv/data:/data" + number++, "-v", "HOME", "make"),
                false);
    }
}
