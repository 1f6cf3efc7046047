package mayfly.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A few bytes through a socket in one thread, without and with a descriptor that travels along. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DescriptorBenchmark {
    private static final int CAPACITY = 256;
    private static final int LENGTH = 100;

    private final MessageBuffer out = new MessageBuffer(CAPACITY);
    private final MessageBuffer in = new MessageBuffer(CAPACITY);
    private final int[] sockets = new int[2];

    @Setup
    public void open() throws PosixException {
        System.arraycopy(Sockets.pair(), 0, sockets, 0, sockets.length);
    }

    private int pass() throws PosixException {
        out.data().clear().limit(LENGTH);
        out.sendFully(sockets[0]);
        in.data().clear();
        return in.receive(sockets[1]);
    }

    @Benchmark
    public int bytes() throws PosixException {
        return pass();
    }

    @Benchmark
    public int withDescriptor() throws PosixException {
        out.attach(sockets[1]);
        int count = pass();
        Descriptors.close(in.take());
        return count;
    }

    @TearDown
    public void close() {
        Descriptors.close(sockets[0]);
        Descriptors.close(sockets[1]);
    }
}
