package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;

/** Clones that are full copies of a directory; filesystems that can share the files' blocks do. */
public final class DirectoryStore implements CloneStore {
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int OUTPUT_BYTES = 4096;
    private static final String ROOT = "root";
    private static final String DEFINITION = "definition";

    private final String template;
    private final Path source;
    private final String definition;
    private final ClonesDirectory clones;

    /** @param definition equal as long as clones made earlier can be used */
    public DirectoryStore(String template, Path source, String definition, ClonesDirectory clones) {
        this.template = template;
        this.source = source;
        this.definition = definition;
        this.clones = clones;
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
                fill(clone);
                return clones.move(clone, CloneState.READY);
            } catch (IOException e) {
                clones.destroy(clone);
                throw e;
            }
        } catch (IOException e) {
            String reason = Failure.reason(e);
            throw new RefusedException(
                    "cannot make a clone of template " + template + ": " + reason,
                    reason.contains("No space left") ? "free space in " + clones.directory() : "");
        }
    }

    private void fill(Clone clone) throws IOException {
        if (!Files.isDirectory(source)) {
            throw new IOException(source + " is not a directory");
        }
        Program.Result result = Program.at("/usr/bin/cp")
                .with("-a", "-x", "--reflink=auto", "-T", "--")
                .with(NativePath.bytes(source), NativePath.join(clones.bytes(clone), ROOT))
                .run(LIMIT, OUTPUT_BYTES);
        if (!result.succeeded()) {
            throw new IOException(result.failure());
        }
        Files.writeString(clones.path(clone).resolve(DEFINITION), definition);
    }

    @Override
    public boolean keeps(Clone ready) {
        try {
            return Files.readString(clones.path(ready).resolve(DEFINITION)).equals(definition);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public Build build(Clone used, Bytes mount) {
        Places places = Places.inMemory(mount);
        return new Build(places, DirectoryRoot.itself(NativePath.join(clones.bytes(used), ROOT), places));
    }
}
