package mayfly.sandbox.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * FreeBSD's {@code struct kinfo_proc} (sys/user.h) on 64-bit machines, as far as it matters here.
 *
 * @param start when it was started, in us since 1970, by the clock as it is set now
 * @param blocked bit N-1: signal N; so below
 */
record ProcessInfo(int pid, int parent, long start, long blocked, long ignored, int nice) {
    static final int BYTES = 1088;

    private static final int PID = 72;
    private static final int PARENT = 76;
    private static final int BLOCKED = 120;
    private static final int IGNORED = 136;
    private static final int START = 336;
    private static final int NICE = 389;

    static ProcessInfo of(byte[] bytes) {
        ByteBuffer info = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        return new ProcessInfo(
                info.getInt(PID),
                info.getInt(PARENT),
                info.getLong(START) * 1_000_000 + info.getLong(START + Long.BYTES),
                info.getLong(BLOCKED),
                info.getLong(IGNORED),
                info.get(NICE));
    }
}
