package mayfly.clonepool.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The audit log.
 *
 * @param off whether there is none at all
 * @param file where it is; empty: the usual place, where there is one
 * @param maxBytes when the file is put aside, and another one begun
 * @param keep how many that were put aside are kept
 * @param journal whether its lines go to the journal too; empty: as is usual
 */
public record AuditConfiguration(boolean off, Optional<Path> file, long maxBytes, int keep, Optional<Boolean> journal) {
    static final long DEFAULT_MAX_BYTES = 16 << 20;
    static final long LEAST_MAX_BYTES = 64 << 10;
    static final int DEFAULT_KEEP = 8;
    static final int MOST_KEEP = 1_000;

    /** The usual place of root's service. */
    private static final Path USUAL = Path.of("/var/log/mayfly/audit.log");

    public static AuditConfiguration defaults() {
        return new AuditConfiguration(false, Optional.empty(), DEFAULT_MAX_BYTES, DEFAULT_KEEP, Optional.empty());
    }

    /**
     * The same with nothing left open.
     *
     * @param usual whether the service is that of the machine, which has one unless it is told otherwise
     */
    public AuditConfiguration at(boolean usual) {
        return new AuditConfiguration(
                off,
                usual ? file.or(() -> Optional.of(USUAL)) : file,
                maxBytes,
                keep,
                Optional.of(journal.orElse(usual)));
    }

    /** Whether there is one; for what {@link #at} gives. */
    public boolean isOn() {
        return !off && (file.isPresent() || journal.orElse(false));
    }

    /** Whether its file is at the usual place. */
    public boolean isAtUsualPlace() {
        return file.equals(Optional.of(USUAL));
    }
}
