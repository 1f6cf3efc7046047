package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.ProcessIdentity;

/** What a clone's lock file has in it: whose sandbox holds the lock, for the service that finds it held. */
public final class LockFile {
    private static final int BYTES = 64;
    private static final String NOBODY = "";
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,10})(?: ([0-9]{1,9}) ([0-9]{1,18}))? *");

    /**
     * @param owner the user's uid; empty: not known
     * @param init mayfly-init, which can outlive the process that has the lock; empty: it does not, or is not known
     */
    public record Holder(OptionalLong owner, Optional<ProcessIdentity> init) {
        private static final Holder UNKNOWN = new Holder(OptionalLong.empty(), Optional.empty());

        public static Holder of(long owner, Optional<ProcessIdentity> init) {
            return new Holder(OptionalLong.of(owner), init);
        }
    }

    private LockFile() {}

    /** With room for what is to be written: a store that has become full since then has to bear that too. */
    static void create(Path file) throws IOException {
        Files.write(file, padded(NOBODY), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Before the sandbox is started, and again when its mayfly-init is known. */
    public static void write(Clones clones, Clone used, Holder holder) throws IOException {
        Path file = NativePath.of(clones.lockFile(used));
        String init = holder.init().map(it -> " " + it.pid() + " " + it.start()).orElse("");
        Files.write(file, padded(holder.owner().orElseThrow() + init), StandardOpenOption.WRITE);
    }

    private static byte[] padded(String text) {
        return (text + " ".repeat(BYTES - text.length())).getBytes(StandardCharsets.US_ASCII);
    }

    /** With nothing known where it does not say so: an older service has not written it. */
    public static Holder read(int lock) throws IOException {
        ByteBuffer text = ByteBuffer.allocateDirect(BYTES);
        Descriptors.read(lock, text);
        Matcher parts = TEXT.matcher(StandardCharsets.US_ASCII.decode(text.flip()));
        if (!parts.matches()) {
            return Holder.UNKNOWN;
        }
        Optional<ProcessIdentity> init = Optional.ofNullable(parts.group(2))
                .map(pid -> new ProcessIdentity(Integer.parseInt(pid), Long.parseLong(parts.group(3))));
        return Holder.of(Long.parseLong(parts.group(1)), init);
    }
}
