package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/**
 * Clones that are overlays: there is nothing to make beforehand. What a command changes is in memory, on the tmpfs of
 * its sandbox, or in the clone's directory {@code scratch}.
 */
public final class OverlayStore implements CloneStore {
    /** Plans the root below. */
    public interface Lower {
        RootPlan plan(Places places) throws IOException;
    }

    private final String template;
    private final ClonesDirectory clones;
    private final boolean onDisk;
    private final Lower lower;

    public OverlayStore(String template, ClonesDirectory clones, boolean onDisk, Lower lower) {
        this.template = template;
        this.clones = clones;
        this.onDisk = onDisk;
        this.lower = lower;
    }

    @Override
    public ClonesDirectory clones() {
        return clones;
    }

    @Override
    public Clone make() throws RefusedException {
        try {
            Clone clone = clones.create(template);
            try {
                if (onDisk) {
                    Files.createDirectory(clones.path(clone).resolve("scratch"));
                }
                return clones.move(clone, CloneState.READY);
            } catch (IOException e) {
                clones.destroy(clone);
                throw e;
            }
        } catch (IOException e) {
            throw new RefusedException("cannot make a clone of template " + template + ": " + Failure.reason(e));
        }
    }

    @Override
    public boolean keeps(Clone ready) {
        return false;
    }

    @Override
    public Build build(Clone used, Bytes mount) throws IOException {
        Places places =
                onDisk ? new Places(mount, NativePath.join(clones.bytes(used), "scratch")) : Places.inMemory(mount);
        return new Build(places, lower.plan(places));
    }
}
