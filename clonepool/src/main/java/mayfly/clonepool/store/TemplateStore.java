package mayfly.clonepool.store;

import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/**
 * A template itself and its snapshots. Each method may take long, and is for one thread at a time. Failures say what to do
 * about them.
 */
public sealed interface TemplateStore permits DirectoryTemplate, HostTemplate, ZfsTemplate {
    /**
     * What new clones are made of; empty: of the template as it is, for stores that can do so.
     *
     * @throws RefusedException when there is no template, or no snapshot and the store needs one
     */
    Optional<Snapshot> newest() throws RefusedException;

    /** All snapshots, oldest first. */
    List<Snapshot> snapshots() throws RefusedException;

    /** The directory where the template itself can be changed. */
    Bytes directory() throws RefusedException;

    /** Makes the template, empty. */
    void create() throws RefusedException;

    /**
     * Freezes the template as it is now.
     *
     * @param name {@link Snapshot#canBeCalled}
     */
    Snapshot snapshot(String name) throws RefusedException;

    /**
     * Gives the template the content of one of its snapshots back. Later snapshots are destroyed; their clones have to be
     * gone.
     */
    void rollback(Snapshot snapshot) throws RefusedException;

    /** Destroys one snapshot; its clones have to be gone. */
    void destroy(Snapshot snapshot) throws RefusedException;

    /** Destroys the template with all its snapshots; its clones have to be gone. */
    void destroy() throws RefusedException;
}
