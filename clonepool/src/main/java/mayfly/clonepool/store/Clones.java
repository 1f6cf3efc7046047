package mayfly.clonepool.store;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import mayfly.sandbox.Bytes;

/**
 * Where the clones of one or more templates are; what they are and which states they have, the store itself tells.
 * Thread-safe, as far as no two threads handle the same clone.
 */
public sealed interface Clones permits ClonesDirectory, ZfsClones {
    /** All clones that are this service's, oldest first. */
    List<Clone> list() throws IOException;

    /** Gives a ready clone to one sandbox. The store knows it before this returns, so nobody else will ever get it. */
    Clone use(Clone ready) throws IOException;

    /**
     * Opens a clone's lock file, unlocked. Whoever holds flock(2) on it, a sandbox's outermost process, is alive.
     *
     * @return a descriptor that is the caller's to close
     */
    int openLock(Clone used) throws IOException;

    /** Where that file is. */
    Bytes lockFile(Clone used);

    /** Marks a clone, in whatever state it is, as one to be destroyed. */
    Clone condemn(Clone clone) throws IOException;

    /** Whether destroying many together takes less than one after another. */
    boolean destroysTogether();

    /**
     * Removes dirty clones with all that is in them.
     *
     * @return those that are left, each with the reason; they can be tried again
     */
    Map<Clone, String> destroy(List<Clone> dirty);
}
