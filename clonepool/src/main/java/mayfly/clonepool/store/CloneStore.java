package mayfly.clonepool.store;

import java.io.IOException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** Makes the clones of one template. Thread-safe. */
public sealed interface CloneStore permits OverlayStore, DirectoryStore {
    /** The directory that its clones are in. */
    ClonesDirectory clones();

    /** A new clone, ready. When it cannot be made, nothing of it is left. */
    Clone make() throws RefusedException;

    /** Whether a ready clone of an earlier service is as one made now would be. */
    boolean keeps(Clone ready);

    /** How the clone becomes the root of a sandbox that builds at {@code mount}. */
    Build build(Clone used, Bytes mount) throws IOException;

    /** Where, and by which steps. */
    record Build(Places places, RootPlan plan) {}
}
