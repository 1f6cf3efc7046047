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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;

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
    /** What is left of clones that could not be made; each attempt to make one adds one at most, and tries them again. */
    private final Queue<Clone> left = new ConcurrentLinkedQueue<>();

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
    public Bytes bytes(Clone clone) {
        return NativePath.join(NativePath.bytes(directory.toAbsolutePath()), clone.fileName());
    }

    /**
     * A new clone of a template that is complete when this returns; else nothing of it is left, or what is left is removed
     * as soon as it can be.
     */
    Clone make(String template, Optional<Snapshot> snapshot, String definition, Content content)
            throws RefusedException {
        removeLeft();
        try {
            Clone clone = create(template).of(snapshot);
            Clone ready;
            try {
                Files.writeString(path(clone).resolve(DEFINITION), definition(definition, snapshot));
                content.put(clone);
                ready = move(clone, CloneState.READY);
            } catch (IOException | RuntimeException e) {
                discard(clone, e);
                throw e;
            }
            listener.passed(Transition.READY);
            return ready;
        } catch (IOException e) {
            throw new RefusedException(
                    "cannot make a clone of template " + template + ": " + Failure.reason(e), Failure.remedy(e));
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
        Clone clone = create(Clone.NO_TEMPLATE);
        try {
            clone = move(clone, CloneState.READY);
            clone = move(clone, CloneState.USED);
        } catch (IOException | RuntimeException e) {
            discard(clone, e);
            throw e;
        }
        listener.passed(Transition.USED);
        return clone;
    }

    /** A new clone that is being made: a directory with nothing but its lock. */
    Clone create(String template) throws IOException {
        listener.passed(Transition.BEGINS);
        while (true) {
            Clone clone = new Clone(template, Clone.nextNanos(), CloneState.MAKING, Optional.empty());
            try {
                Files.createDirectory(path(clone));
            } catch (FileAlreadyExistsException e) {
                continue; // made by an earlier service whose clock was ahead
            }
            try {
                LockFile.create(path(clone).resolve(LOCK));
            } catch (IOException | RuntimeException e) {
                discard(clone, e);
                throw e;
            }
            listener.passed(Transition.MAKING);
            return clone;
        }
    }

    /** Removes what nobody will use, as it is called now; what cannot be removed is tried again. */
    private void discard(Clone failed, Exception why) {
        try {
            remove(failed);
        } catch (IOException | RuntimeException e) {
            why.addSuppressed(e);
            left.add(failed);
        }
    }

    /** Tries once more to remove each clone that could not be made. */
    private void removeLeft() {
        for (int i = left.size(); i > 0; i--) {
            Clone failed = left.poll();
            if (failed == null) {
                return; // another thread has it
            }
            try {
                remove(failed);
            } catch (IOException e) {
                left.add(failed);
            }
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
        return Descriptors.open(lockFile(used), Kernel.O_RDONLY | Kernel.O_CREAT | Kernel.O_NOFOLLOW, PRIVATE_FILE);
    }

    @Override
    public Bytes lockFile(Clone used) {
        return NativePath.join(bytes(used), LOCK);
    }

    @Override
    public boolean destroysTogether() {
        return false;
    }

    @Override
    public Map<Clone, String> destroy(List<Clone> dirty) {
        Map<Clone, String> failed = new HashMap<>();
        for (Clone clone : dirty) {
            try {
                remove(clone);
                listener.passed(Transition.DESTROYED);
            } catch (IOException e) {
                failed.put(clone, Failure.reason(e));
            }
        }
        removeLeft(); // now that there may be room
        return failed;
    }

    private void remove(Clone clone) throws IOException {
        Path path = path(clone);
        try {
            // Most clones hold nothing else.
            Files.deleteIfExists(path.resolve(LOCK));
            Files.deleteIfExists(path.resolve(DEFINITION));
            Files.deleteIfExists(path);
        } catch (DirectoryNotEmptyException e) {
            Removal.remove(bytes(clone));
        }
    }
}
