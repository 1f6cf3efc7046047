package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;

/** Clones that are copies of a directory: full ones, or subvolumes. */
public final class DirectoryStore implements CloneStore {
    private static final String ROOT = "root";

    private final String name;
    private final DirectoryTemplate template;
    private final String definition;
    private final ClonesDirectory clones;

    /** @param definition equal as long as clones made earlier can be used */
    public DirectoryStore(String name, DirectoryTemplate template, String definition, ClonesDirectory clones) {
        this.name = name;
        this.template = template;
        this.definition = definition;
        this.clones = clones;
    }

    @Override
    public TemplateStore template() {
        return template;
    }

    Trees trees() {
        return template.trees();
    }

    @Override
    public ClonesDirectory clones() {
        return clones;
    }

    @Override
    public Clone make(Optional<Snapshot> snapshot) throws RefusedException {
        return clones.make(name, snapshot, definition, clone -> trees().copy(
                        NativePath.bytes(template.source(snapshot)), NativePath.join(clones.bytes(clone), ROOT)));
    }

    @Override
    public boolean keeps(Clone ready) {
        return clones.isDefined(ready, definition);
    }

    @Override
    public Build build(Clone used, Bytes mount) {
        Places places = Places.inMemory(mount);
        return new Build(places, DirectoryRoot.itself(NativePath.join(clones.bytes(used), ROOT), places));
    }

    @Override
    public long free() throws IOException {
        return Files.getFileStore(clones.directory()).getUsableSpace();
    }
}
