package mayfly.sandbox.backend;

/**
 * How much one sandbox may have.
 *
 * @param tmpfsSize size of each tmpfs that its processes can write to, as mount(8) takes it: {@code 50%}, {@code 512m}
 * @param processes processes and threads of each of its users; 0: as many as the kernel lets that user have
 */
public record Bounds(String tmpfsSize, int processes) {
    /** A tmpfs has a file for so many bytes at most: it takes memory, too, whatever is in it. */
    static final int FILE_BYTES = 4096;

    /** The size as a number of bytes: not every program that mounts takes shares of the memory, or units. */
    long tmpfsBytes(Host host) {
        int last = tmpfsSize.length() - 1;
        int unit = "kmg".indexOf(tmpfsSize.charAt(last)) + 1;
        if (tmpfsSize.charAt(last) == '%') {
            return host.memoryBytes() / 100 * Long.parseLong(tmpfsSize.substring(0, last));
        }
        return Long.parseLong(unit == 0 ? tmpfsSize : tmpfsSize.substring(0, last)) << (10 * unit);
    }
}
