package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Linux;

/**
 * A directory of clones that only the service may enter. The names in it are all that is known about the clones.
 * Thread-safe, as far as no two threads handle the same clone.
 */
public final class ClonesDirectory implements Clones {
    private static final String LOCK = "lock";

    /** What the clone was made as, and of which snapshot; only in those that can be kept ready. */
    private static final String DEFINITION = "definition";

    private static final int PRIVATE_FILE = 0600;

    /** Fills a clone that is being made. */
    interface Content {
        void put(Clone making) throws IOException;
    }

    private final Path directory;
    private final Transition.Listener listener;
    private final AtomicLong lastNanos = new AtomicLong(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));

    /** Makes the directory when it is missing; its parent has to be there. */
    public ClonesDirectory(Path directory, Transition.Listener listener) throws IOException {
        this.directory = directory;
        this.listener = listener;
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
    Path path(Clone clone) {
        return directory.resolve(clone.fileName());
    }

    /** The clone's path in bytes. */
    Bytes bytes(Clone clone) {
        return NativePath.join(NativePath.bytes(directory.toAbsolutePath()), clone.fileName());
    }

    /** A new clone of a template that is complete when this returns; else nothing of it is left. */
    Clone make(String template, Optional<Snapshot> snapshot, String definition, Content content)
            throws RefusedException {
        try {
            Clone clone = create(template).of(snapshot);
            try {
                content.put(clone);
                Files.writeString(path(clone).resolve(DEFINITION), definition(definition, snapshot));
                Clone ready = move(clone, CloneState.READY);
                listener.passed(Transition.READY);
                return ready;
            } catch (IOException e) {
                remove(move(clone, CloneState.DIRTY));
                throw e;
            }
        } catch (IOException e) {
            String reason = Failure.reason(e);
            throw new RefusedException(
                    "cannot make a clone of template " + template + ": " + reason,
                    reason.contains("No space left") ? "free space in " + directory : StoreException.remedy(e));
        }
    }

    private static String definition(String definition, Optional<Snapshot> snapshot) {
        return definition + "\n" + snapshot.map(Snapshot::id).orElse("") + "\n";
    }

    /** Whether a clone was made as this says. */
    boolean isDefined(Clone ready, String definition) {
        try {
            return Files.readString(path(ready).resolve(DEFINITION)).equals(definition(definition, ready.snapshot()));
        } catch (IOException e) {
            return false;
        }
    }

    /** A clone without a template, for one sandbox. */
    public Clone makeUsed() throws IOException {
        return use(move(create(Clone.NO_TEMPLATE), CloneState.READY));
    }

    /** A new clone that is being made: a directory with nothing but its lock. */
    Clone create(String template) throws IOException {
        listener.passed(Transition.BEGINS);
        while (true) {
            Clone clone = new Clone(template, lastNanos.incrementAndGet(), CloneState.MAKING, Optional.empty());
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
            listener.passed(Transition.MAKING);
            return clone;
        }
    }

    private Clone move(Clone clone, CloneState state) throws IOException {
        Clone moved = clone.in(state);
        Files.move(path(clone), path(moved), StandardCopyOption.ATOMIC_MOVE);
        return moved;
    }

    @Override
    public Clone use(Clone ready) throws IOException {
        Clone used = move(ready, CloneState.USED);
        listener.passed(Transition.USED);
        return used;
    }

    @Override
    public Clone condemn(Clone clone) throws IOException {
        if (clone.state() == CloneState.DIRTY) {
            return clone;
        }
        Clone dirty = clone.in(CloneState.DIRTY);
        try {
            Files.move(path(clone), path(dirty), StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return dirty; // somebody else has removed it
        }
        listener.passed(Transition.DIRTY);
        return dirty;
    }

    /** {@inheritDoc} What is no clone is left alone. */
    @Override
    public List<Clone> list() throws IOException {
        List<Clone> clones = new ArrayList<>();
        for (Path entry : Entries.in(directory)) {
            Clone.of(entry.getFileName().toString())
                    .map(clone -> clone.of(snapshot(entry)))
                    .ifPresent(clones::add);
        }
        clones.sort(Comparator.comparingLong(Clone::nanos));
        return clones;
    }

    private static Optional<Snapshot> snapshot(Path clone) {
        try {
            List<String> lines = Files.readAllLines(clone.resolve(DEFINITION));
            String id = lines.size() > 1 ? lines.get(1) : "";
            return id.isEmpty() ? Optional.empty() : Optional.of(new Snapshot(id));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // one that cannot be kept, as isDefined finds
        }
    }

    @Override
    public int openLock(Clone used) throws IOException {
        Bytes path = NativePath.join(bytes(used), LOCK);
        return Descriptors.open(path, Linux.O_RDONLY | Linux.O_CREAT | Linux.O_NOFOLLOW, PRIVATE_FILE);
    }

    @Override
    public Map<Clone, String> destroy(List<Clone> dirty) {
        Map<Clone, String> left = new HashMap<>();
        for (Clone clone : dirty) {
            try {
                remove(clone);
                listener.passed(Transition.DESTROYED);
            } catch (IOException e) {
                left.put(clone, Failure.reason(e));
            }
        }
        return left;
    }

    private void remove(Clone dirty) throws IOException {
        Path path = path(dirty);
        try {
            // Most clones hold nothing else.
            Files.deleteIfExists(path.resolve(LOCK));
            Files.deleteIfExists(path.resolve(DEFINITION));
            Files.deleteIfExists(path);
        } catch (DirectoryNotEmptyException e) {
            Removal.remove(bytes(dirty));
        }
    }
}
