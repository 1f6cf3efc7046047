package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Linux;

/**
 * A directory of clones that only the service may enter. The names in it are all that is known about the clones.
 * Thread-safe, as far as no two threads handle the same clone.
 */
public final class ClonesDirectory {
    private static final String LOCK = "lock";
    private static final int PRIVATE_FILE = 0600;

    private final Path directory;
    private final AtomicLong lastNanos = new AtomicLong(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));

    /** Makes the directory when it is missing; its parent has to be there. */
    public ClonesDirectory(Path directory) throws IOException {
        this.directory = directory;
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory.toAbsolutePath().getParent());
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    public Path directory() {
        return directory;
    }

    /** Where the clone is. */
    public Path path(Clone clone) {
        return directory.resolve(clone.fileName());
    }

    /** The clone's path in bytes. */
    public Bytes bytes(Clone clone) {
        return NativePath.join(NativePath.bytes(directory.toAbsolutePath()), clone.fileName());
    }

    /** A new clone that is being made: a directory with nothing but its lock. */
    public Clone create(String template) throws IOException {
        while (true) {
            Clone clone = new Clone(template, lastNanos.incrementAndGet(), CloneState.MAKING);
            try {
                Files.createDirectory(path(clone));
            } catch (FileAlreadyExistsException e) {
                continue; // made by an earlier service whose clock was ahead
            }
            try {
                Files.createFile(path(clone).resolve(LOCK));
            } catch (IOException e) {
                Files.delete(path(clone));
                throw e;
            }
            return clone;
        }
    }

    /** Gives the clone another state. */
    public Clone move(Clone clone, CloneState state) throws IOException {
        Clone moved = clone.in(state);
        Files.move(path(clone), path(moved), StandardCopyOption.ATOMIC_MOVE);
        return moved;
    }

    /** All clones, oldest first. What is no clone is left alone. */
    public List<Clone> list() throws IOException {
        List<Clone> clones = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> Clone.of(entry.getFileName().toString()).ifPresent(clones::add));
        }
        clones.sort(Comparator.comparingLong(Clone::nanos));
        return clones;
    }

    /**
     * Opens the clone's lock file, unlocked. Whoever holds flock(2) on it, a sandbox's outermost process, is alive.
     *
     * @return a descriptor that is the caller's to close
     */
    public int openLock(Clone clone) throws IOException {
        Bytes path = NativePath.join(bytes(clone), LOCK);
        return Descriptors.open(path, Linux.O_RDONLY | Linux.O_CREAT | Linux.O_NOFOLLOW, PRIVATE_FILE);
    }

    /** Removes the clone with all that is in it, in whatever state it is. */
    public void destroy(Clone clone) throws IOException {
        Clone dirty = clone.state() == CloneState.DIRTY ? clone : move(clone, CloneState.DIRTY);
        Path path = path(dirty);
        try {
            // Most clones hold nothing else.
            Files.deleteIfExists(path.resolve(LOCK));
            Files.delete(path);
        } catch (DirectoryNotEmptyException e) {
            Removal.remove(bytes(dirty));
        }
    }
}
