package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.root.Step;

/** Plain directories: copies are full ones; filesystems that can share the files' blocks do. */
public final class PlainTrees implements Trees {
    private static final Bytes CP = Bytes.utf8("/usr/bin/cp");
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int OUTPUT_BYTES = 4096;
    private static final int MODE = 0755;

    private final Optional<Bytes> enter;

    /** Of whoever could do the same by himself. */
    public PlainTrees() {
        enter = Optional.empty();
    }

    /**
     * Of root's service: templates may have directories that others write to, who could put links in their places meanwhile.
     *
     * @param enter path of mayfly-enter
     */
    PlainTrees(Bytes enter) {
        this.enter = Optional.of(enter);
    }

    @Override
    public void check(Bytes directory) {
        // any can be copied
    }

    @Override
    public void make(Bytes directory) throws IOException {
        FileModes.makeDirectory(directory, MODE);
    }

    @Override
    public void copy(Bytes from, Bytes to) throws IOException {
        if (!Files.isDirectory(NativePath.of(from))) {
            throw new IOException(from + " is not a directory");
        }
        Bytes real = NativePath.bytes(NativePath.of(from).toRealPath());
        Program.Result result = cp(real).with("-a", "-x", "--reflink=auto", "-T", "--")
                .with(NativePath.join(real, "."), to)
                .run(LIMIT, OUTPUT_BYTES);
        if (!result.succeeded()) {
            throw new IOException(result.failure());
        }
    }

    private Program cp(Bytes from) {
        List<Step> steps = List.of(Step.privateMounts(), Step.followNone(from));
        return enter.map(path -> Program.behind(path, steps, CP)).orElseGet(() -> Program.at(CP));
    }

    @Override
    public void freeze(Bytes from, Bytes to) throws IOException {
        copy(from, to); // nobody but the service may enter where it is
    }
}
