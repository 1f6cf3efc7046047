package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.OptionalLong;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Clones;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;

/** What a clone's lock file has in it: whose sandbox holds the lock, for the service that finds it held. */
final class LockFile {
    private static final int MOST_BYTES = 32;

    private LockFile() {}

    /** Before the sandbox is started. */
    static void write(Clones clones, Clone used, long uid) throws IOException {
        Files.writeString(NativePath.of(clones.lockFile(used)), Long.toString(uid), StandardCharsets.US_ASCII);
    }

    /** Empty where it does not say so: an older service has not written it. */
    static OptionalLong owner(int lock) throws IOException {
        ByteBuffer text = ByteBuffer.allocateDirect(MOST_BYTES);
        Descriptors.read(lock, text);
        String digits = StandardCharsets.US_ASCII.decode(text.flip()).toString();
        return digits.matches("[0-9]{1,10}") ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
    }
}
