package mayfly.client;

import java.io.InputStream;
import mayfly.sandbox.Bytes;

/** What a command reads from descriptor 0. */
public sealed interface Input {
    /** Nothing: {@code /dev/null}. */
    record Nothing() implements Input {}

    /** What this process has. */
    record Inherited() implements Input {}

    /** These bytes. */
    record Given(Bytes bytes) implements Input {}

    /**
     * What the stream gives. It is read by a thread of its own, which goes on until the stream's end or until the
     * command no longer reads; the stream is not closed.
     */
    record Streamed(InputStream stream) implements Input {}
}
