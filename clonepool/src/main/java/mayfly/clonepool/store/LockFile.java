package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;

/** What a clone's lock file has in it: whose sandbox holds the lock, for the service that finds it held. */
public final class LockFile {
    private static final int BYTES = 16;
    private static final String NOBODY = "";

    private LockFile() {}

    /** With room for what is to be written: a store that has become full since then has to bear that too. */
    static void create(Path file) throws IOException {
        Files.write(file, padded(NOBODY), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Before the sandbox is started. */
    public static void write(Clones clones, Clone used, long uid) throws IOException {
        Path file = NativePath.of(clones.lockFile(used));
        Files.write(file, padded(Long.toString(uid)), StandardOpenOption.WRITE);
    }

    private static byte[] padded(String text) {
        return (text + " ".repeat(BYTES - text.length())).getBytes(StandardCharsets.US_ASCII);
    }

    /** Empty where it does not say so: an older service has not written it. */
    public static OptionalLong owner(int lock) throws IOException {
        ByteBuffer text = ByteBuffer.allocateDirect(BYTES);
        Descriptors.read(lock, text);
        String digits = StandardCharsets.US_ASCII.decode(text.flip()).toString().strip();
        return digits.matches("[0-9]{1,10}") ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
    }
}
