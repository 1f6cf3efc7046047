package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Directory;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.root.MountTable;

/**
 * A template that is a directory. Its snapshots are copies in a directory of their own that only the service may enter,
 * {@code NANOS@NAME} by the time when they were made; what is being made or removed there begins with a dot.
 */
public final class DirectoryTemplate implements TemplateStore {
    private static final Pattern SNAPSHOT = Pattern.compile("[1-9][0-9]{0,18}@.+");
    private static final String UNFINISHED = ".";
    private static final String NEXT = ".mayfly-next-";
    private static final Pattern ATTEMPT = Pattern.compile("(@[0-9]+)?");

    private final String name;
    private final Path directory;
    private final Path snapshots;
    private final Trees trees;
    private final boolean needsSnapshot;
    private final boolean forOthers;

    /**
     * @param snapshots the directory for its snapshots; made with the first one
     * @param needsSnapshot whether the template itself, which may change, cannot be cloned
     * @param forOthers whether others run in its clones, who could have themselves shown what they may not reach
     */
    public DirectoryTemplate(
            String name, Path directory, Path snapshots, Trees trees, boolean needsSnapshot, boolean forOthers) {
        this.name = name;
        this.directory = directory;
        this.snapshots = snapshots;
        this.trees = trees;
        this.needsSnapshot = needsSnapshot;
        this.forOthers = forOthers;
    }

    /** How it and its snapshots are copied. */
    Trees trees() {
        return trees;
    }

    @Override
    public Optional<Snapshot> newest() throws RefusedException {
        List<Snapshot> all = snapshots();
        if (!all.isEmpty()) {
            return Optional.of(all.get(all.size() - 1));
        }
        try {
            checkWay();
            if (!needsSnapshot) {
                return Optional.empty();
            }
            trees.check(directory());
        } catch (IOException e) {
            throw refusal("clone", e);
        }
        throw new RefusedException(
                "cannot clone template " + name + ": it has no snapshot", "mayfly template snapshot " + name);
    }

    @Override
    public List<Snapshot> snapshots() throws RefusedException {
        List<Snapshot> all = new ArrayList<>();
        if (!Files.isDirectory(snapshots)) {
            return all;
        }
        try {
            for (Path entry : Entries.in(snapshots)) {
                String id = entry.getFileName().toString();
                if (SNAPSHOT.matcher(id).matches()) {
                    all.add(new Snapshot(id));
                }
            }
        } catch (IOException e) {
            throw refusal("list the snapshots of", e);
        }
        all.sort(Comparator.comparingLong(DirectoryTemplate::nanos));
        return all;
    }

    private static long nanos(Snapshot snapshot) {
        return Long.parseLong(snapshot.id().substring(0, snapshot.id().indexOf('@')));
    }

    /** What a clone of the snapshot is to be made from. */
    Path source(Optional<Snapshot> snapshot) throws IOException {
        if (snapshot.isPresent()) {
            return path(snapshot.get());
        }
        checkWay();
        return directory;
    }

    private void checkWay() throws IOException {
        if (forOthers) {
            TrustedWay.checkName(directory);
        }
    }

    private Path path(Snapshot snapshot) {
        return snapshots.resolve(snapshot.id());
    }

    @Override
    public Bytes directory() throws RefusedException {
        if (!Files.isDirectory(directory)) {
            throw new RefusedException(
                    "cannot use template " + name + ": " + directory + " is not a directory",
                    "mayfly template create " + name + " makes it");
        }
        return NativePath.bytes(directory);
    }

    @Override
    public void create() throws RefusedException {
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new RefusedException("cannot create template " + name + ": " + directory + " exists");
        }
        if (!Files.isDirectory(directory.resolveSibling(""))) {
            Path parent = directory.resolveSibling("");
            throw new RefusedException(
                    "cannot create template " + name + ": " + parent + " is not a directory", "mkdir -p " + parent);
        }
        try {
            checkWay();
            trees.make(NativePath.bytes(directory));
        } catch (IOException e) {
            throw refusal("create", e);
        }
    }

    @Override
    public Snapshot snapshot(String called) throws RefusedException {
        Bytes source = directory();
        if (find(called).isPresent()) {
            throw new RefusedException("cannot snapshot template " + name + ": there is a snapshot " + called);
        }
        try {
            checkWay();
            TrustedWay.check(snapshots);
            if (!Files.isDirectory(snapshots)) {
                Files.createDirectories(
                        snapshots, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            TrustedWay.check(snapshots);
            TrustedWay.makePrivate(snapshots);
            removeUnfinished();
            removeEarlierNext(NativePath.of(source).toRealPath());
            long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            long last = snapshots().stream()
                    .mapToLong(DirectoryTemplate::nanos)
                    .max()
                    .orElse(0);
            Snapshot made = new Snapshot(Math.max(now, last + 1) + "@" + called);
            Path unfinished = snapshots.resolve(UNFINISHED + made.id());
            try {
                trees.freeze(source, NativePath.bytes(unfinished));
                Files.move(unfinished, path(made), StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                removeIfThere(unfinished);
                throw e;
            }
            return made;
        } catch (IOException e) {
            throw refusal("snapshot", e);
        }
    }

    private Optional<Snapshot> find(String called) throws RefusedException {
        return snapshots().stream()
                .filter(snapshot -> snapshot.name().equals(called))
                .findFirst();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The template is never missing and never half: a copy of the snapshot is made beside it, and both are exchanged in
     * one step. Whoever is killed before that has changed nothing; after it, the same rollback finishes what is left to do.
     */
    @Override
    public void rollback(Snapshot snapshot) throws RefusedException {
        try {
            Path real = real("roll back");
            removeEarlierNext(real);
            Path next = next(real);
            try {
                trees.copy(NativePath.bytes(path(snapshot)), NativePath.bytes(next));
                exchange(real, next);
            } finally {
                removeIfThere(next);
            }
            for (Snapshot later : snapshots()) {
                if (nanos(later) > nanos(snapshot)) {
                    remove(later);
                }
            }
        } catch (IOException e) {
            throw refusal("roll back", e);
        }
    }

    private static void exchange(Path real, Path next) throws IOException {
        try {
            Directory.exchange(NativePath.bytes(real), NativePath.bytes(next));
        } catch (PosixException e) {
            if (e.errno() == Kernel.EINVAL || e.errno() == Kernel.EXDEV) {
                throw new StoreException(
                        "the filesystem of " + real + " cannot exchange two directories in one step",
                        "give the template a place on btrfs, ext4, xfs or ZFS 2.2");
            }
            throw e;
        }
    }

    /**
     * What a rollback makes; after its step, what the template was before. Each has its own: the cp of one that was killed may
     * still be writing.
     */
    private static Path next(Path real) {
        long nanos = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        return real.resolveSibling(NEXT + real.getFileName() + "@" + nanos);
    }

    private static void removeEarlierNext(Path real) throws IOException {
        String own = NEXT + real.getFileName();
        for (Path entry : Entries.startingWith(own, real.resolveSibling(""))) {
            String rest = entry.getFileName().toString().substring(own.length());
            if (ATTEMPT.matcher(rest).matches()) {
                Removal.remove(NativePath.bytes(entry));
            }
        }
    }

    /** The template's path without links. Refuses where something is mounted, which can be neither renamed nor removed. */
    private Path real(String verb) throws RefusedException, IOException {
        Path real = NativePath.of(directory()).toRealPath();
        TrustedWay.checkName(directory);
        String cannot = "cannot " + verb + " template " + name + ": ";
        MountTable mounts = MountTable.read();
        if (mounts.at(NativePath.bytes(real)).isPresent()) {
            throw new RefusedException(
                    cannot + real + " is a mount point", "let path = \"…\" name a directory in that filesystem");
        }
        for (MountTable.Mount mount : mounts.under(NativePath.bytes(real))) {
            throw new RefusedException(cannot + "something is mounted on " + mount.point(), "umount " + mount.point());
        }
        return real;
    }

    @Override
    public void destroy(Snapshot snapshot) throws RefusedException {
        try {
            remove(snapshot);
        } catch (IOException e) {
            throw refusal("destroy a snapshot of", e);
        }
    }

    @Override
    public void destroy() throws RefusedException {
        try {
            Optional<Path> real = Files.exists(directory) ? Optional.of(real("destroy")) : Optional.empty();
            for (Snapshot snapshot : snapshots()) {
                remove(snapshot);
            }
            if (Files.isDirectory(snapshots)) {
                removeUnfinished();
                Files.delete(snapshots);
            }
            if (real.isPresent()) {
                removeEarlierNext(real.get());
                Removal.remove(NativePath.bytes(real.get()));
            }
            Files.deleteIfExists(directory); // where it was a link
        } catch (IOException e) {
            throw refusal("destroy", e);
        }
    }

    /** Under another name first: a snapshot is whole or not there. */
    private void remove(Snapshot snapshot) throws IOException {
        Path unfinished = snapshots.resolve(UNFINISHED + snapshot.id());
        Files.move(path(snapshot), unfinished, StandardCopyOption.ATOMIC_MOVE);
        Removal.remove(NativePath.bytes(unfinished));
    }

    /** What a service left that was killed while it made or removed a snapshot. */
    private void removeUnfinished() throws IOException {
        for (Path entry : Entries.startingWith(UNFINISHED, snapshots)) {
            Removal.remove(NativePath.bytes(entry));
        }
    }

    private static void removeIfThere(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Removal.remove(NativePath.bytes(path));
        }
    }

    private RefusedException refusal(String verb, IOException e) {
        return new RefusedException(
                "cannot " + verb + " template " + name + ": " + Failure.reason(e), StoreException.remedy(e));
    }
}
