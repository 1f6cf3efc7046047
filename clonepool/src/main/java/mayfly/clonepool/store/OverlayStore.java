package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
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
    private static final String SCRATCH = "scratch";

    /** Plans the root below. */
    public interface Lower {
        RootPlan plan(Optional<Snapshot> snapshot, Places places) throws IOException;
    }

    private final String name;
    private final TemplateStore template;
    private final ClonesDirectory clones;
    private final boolean onDisk;
    private final String definition;
    private final Lower lower;

    /** @param definition equal as long as clones made earlier can be used */
    public OverlayStore(
            String name,
            TemplateStore template,
            ClonesDirectory clones,
            boolean onDisk,
            String definition,
            Lower lower) {
        this.name = name;
        this.template = template;
        this.clones = clones;
        this.onDisk = onDisk;
        this.definition = definition;
        this.lower = lower;
    }

    @Override
    public TemplateStore template() {
        return template;
    }

    @Override
    public ClonesDirectory clones() {
        return clones;
    }

    @Override
    public Clone make(Optional<Snapshot> snapshot) throws RefusedException {
        return clones.make(name, snapshot, definition, clone -> {
            if (onDisk) {
                Files.createDirectory(clones.path(clone).resolve(SCRATCH));
            }
        });
    }

    @Override
    public boolean keeps(Clone ready) {
        return clones.isDefined(ready, definition);
    }

    @Override
    public Build build(Clone used, Bytes mount) throws IOException {
        Places places =
                onDisk ? new Places(mount, NativePath.join(clones.bytes(used), SCRATCH)) : Places.inMemory(mount);
        return new Build(places, lower.plan(used.snapshot(), places));
    }

    @Override
    public long free() throws IOException {
        return onDisk ? Files.getFileStore(clones.directory()).getUsableSpace() : Long.MAX_VALUE;
    }
}
