package mayfly.sandbox.backend;

/**
 * How much one sandbox may have.
 *
 * @param tmpfsBytes size of each tmpfs that its processes can write to
 * @param processes processes and threads of each of its users; 0: as many as the kernel lets that user have
 */
public record Bounds(long tmpfsBytes, int processes) {
    /** A tmpfs has a file for so many bytes at most: it takes memory, too, whatever is in it. */
    static final int FILE_BYTES = 4096;
}
