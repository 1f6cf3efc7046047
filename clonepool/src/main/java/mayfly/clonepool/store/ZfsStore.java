package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;
import mayfly.sandbox.root.Step;

/** Clones by ZFS. They are mounted by the sandboxes alone, each in its own mount namespace. */
public final class ZfsStore implements CloneStore {
    private final String dataset;
    private final ZfsTemplate template;
    private final ZfsClones clones;

    /**
     * @param locks the service's directory for lock files
     * @param quota bytes that each clone may take at most
     */
    ZfsStore(String name, String dataset, Path locks, OptionalLong quota, ZfsCore core, Transition.Listener listener) {
        this.dataset = dataset;
        this.template = new ZfsTemplate(name, dataset);
        this.clones = new ZfsClones(name, dataset, locks, quota, core, listener);
    }

    /** The template's own. */
    String dataset() {
        return dataset;
    }

    @Override
    public TemplateStore template() {
        return template;
    }

    @Override
    public Clones clones() {
        return clones;
    }

    @Override
    public Clone make(Optional<Snapshot> snapshot) throws RefusedException {
        return clones.make(snapshot.orElseThrow());
    }

    /** A clone says of which snapshot it is; its other properties are as they were configured when it was made. */
    @Override
    public boolean keeps(Clone ready) {
        return true;
    }

    @Override
    public Build build(Clone used, Bytes mount) {
        Places places = Places.inMemory(mount);
        return new Build(places, new RootPlan(List.of(Step.zfs(clones.device(used), places.root()))));
    }

    @Override
    public long free() throws IOException {
        return clones.free();
    }
}
