package mayfly.sandbox.backend;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How much a sandbox may use of the machine.
 *
 * @param cpuPercent of one processor's time
 * @param memoryBytes what is in memory for it, what it writes to a tmpfs too
 */
public record Quota(OptionalInt cpuPercent, OptionalLong memoryBytes) {
    public static final Quota NONE = new Quota(OptionalInt.empty(), OptionalLong.empty());

    public boolean isNone() {
        return cpuPercent.isEmpty() && memoryBytes.isEmpty();
    }
}
