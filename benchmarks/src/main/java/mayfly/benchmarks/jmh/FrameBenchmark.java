package mayfly.benchmarks.jmh;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.ProtocolException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A claim read, and its answer written. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {
    private static final int CAPACITY = 1 << 16;

    private final FrameReader reader = FrameReader.from(Protocol.Sender.CLIENT_AT_DOOR);
    private final ByteBuffer claim = ByteBuffer.allocateDirect(CAPACITY);
    private final ByteBuffer out = ByteBuffer.allocateDirect(CAPACITY);
    private final Frame.Claimed answer = new Frame.Claimed(
            1,
            0,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            OptionalInt.empty(),
            "{\"template\":\"host\"}",
            List.of());

    public FrameBenchmark() {
        try {
            FrameWriter.write(Claims.plain(), claim);
        } catch (ProtocolException e) {
            throw new IllegalStateException(e);
        }
        claim.flip();
    }

    @Benchmark
    public Frame read() throws ProtocolException {
        claim.rewind();
        return reader.read(claim);
    }

    @Benchmark
    public ByteBuffer write() throws ProtocolException {
        out.clear();
        FrameWriter.write(answer, out);
        return out;
    }
}
