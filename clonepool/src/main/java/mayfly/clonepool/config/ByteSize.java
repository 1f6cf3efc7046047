package mayfly.clonepool.config;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/** Sizes as the configuration has them: a number of bytes, or of {@code k}, {@code m}, {@code g} or {@code t}, or a share of the memory. */
public final class ByteSize {
    private static final String UNITS = " kmgt";

    private ByteSize() {}

    /**
     * The number of bytes; {@link Long#MAX_VALUE} when there are more.
     *
     * @param size {@code 4096}, {@code 512m}, or {@code 50%} of the machine's memory
     */
    public static long bytes(String size) {
        return bytes(size, () -> ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize());
    }

    /** @param memory is asked for shares alone: it is looked up in files */
    static long bytes(String size, LongSupplier memory) {
        int last = size.length() - 1;
        if (size.charAt(last) == '%') {
            return memory.getAsLong() / 100 * Long.parseLong(size.substring(0, last));
        }
        int unit = UNITS.indexOf(size.charAt(last));
        long number = Long.parseLong(unit > 0 ? size.substring(0, last) : size);
        int shift = unit > 0 ? 10 * unit : 0;
        return number > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : number << shift;
    }
}
