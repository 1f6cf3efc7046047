package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.FileModes;

/** Plain directories: copies are full ones; filesystems that can share the files' blocks do. */
public final class PlainTrees implements Trees {
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final int OUTPUT_BYTES = 4096;
    private static final int MODE = 0755;

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
        Program.Result result = Program.at("/usr/bin/cp")
                .with("-a", "-x", "--reflink=auto", "-T", "--")
                .with(NativePath.join(from, "."), to) // also where the template's path is a link
                .run(LIMIT, OUTPUT_BYTES);
        if (!result.succeeded()) {
            throw new IOException(result.failure());
        }
    }

    @Override
    public void freeze(Bytes from, Bytes to) throws IOException {
        copy(from, to); // nobody but the service may enter where it is
    }
}
