package mayfly.clonepool.store;

import java.io.IOException;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** Makes the clones of one template. Thread-safe. */
public sealed interface CloneStore permits DirectoryStore, OverlayStore, ZfsStore {
    /** What is cloned. */
    TemplateStore template();

    /** Where its clones are. */
    Clones clones();

    /**
     * A new clone, ready. When it cannot be made, nothing of it is left.
     *
     * @param snapshot as {@link TemplateStore#newest} gives it
     */
    Clone make(Optional<Snapshot> snapshot) throws RefusedException;

    /** Whether a ready clone of an earlier service is as one made now of the same snapshot would be. */
    boolean keeps(Clone ready);

    /** How the clone becomes the root of a sandbox that builds at {@code mount}. */
    Build build(Clone used, Bytes mount) throws IOException;

    /** Bytes that are free for clones; {@code Long.MAX_VALUE} when they need none. */
    long free() throws IOException;

    /** Where, and by which steps. */
    record Build(Places places, RootPlan plan) {}
}
