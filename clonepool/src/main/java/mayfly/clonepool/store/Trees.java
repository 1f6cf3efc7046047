package mayfly.clonepool.store;

import java.io.IOException;
import mayfly.sandbox.Bytes;

/** A way to copy the directory trees of a filesystem. All paths are absolute; the targets do not exist. Thread-safe. */
public sealed interface Trees permits PlainTrees, Subvolumes {
    /** Fails, with the remedy, when no copies can be made of a directory that is there. */
    void check(Bytes directory) throws IOException;

    /** Makes an empty one. */
    void make(Bytes directory) throws IOException;

    /** Makes a copy that can be changed. */
    void copy(Bytes from, Bytes to) throws IOException;

    /** Makes a copy that stays as it is. */
    void freeze(Bytes from, Bytes to) throws IOException;
}
