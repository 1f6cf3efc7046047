package mayfly.client;

import java.io.OutputStream;

/** Where a command's descriptor 1 or 2 leads. */
public sealed interface Output {
    /** To where this process's own leads. */
    record Inherited() implements Output {}

    /** To {@code /dev/null}. */
    record Discarded() implements Output {}

    /** Into the {@link Result}: its first bytes, {@code limit} at most; what follows is read and dropped. */
    record Captured(int limit) implements Output {
        public Captured {
            if (limit < 0) {
                throw new IllegalArgumentException("limit " + limit);
            }
        }
    }

    /** To the stream, written by a thread of its own; the stream is flushed at the end and not closed. */
    record Streamed(OutputStream stream) implements Output {}
}
