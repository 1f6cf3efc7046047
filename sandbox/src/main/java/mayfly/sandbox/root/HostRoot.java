package mayfly.sandbox.root;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.root.MountTable.Mount;

/**
 * Plans the template {@code host}: the machine's own system seen copy-on-write. As few overlays as the kernel allows:
 *
 * <ul>
 *   <li>Root puts one over {@code /} and one over each other filesystem.
 *   <li>In a user namespace the kernel refuses a lower directory that has mounts beneath it, as {@code /} always has;
 *       such a directory is rebuilt as a skeleton, and each of its entries planned by itself.
 *   <li>Nobody can have an upper directory inside its lower one, so directories above {@code kept} are rebuilt too.
 * </ul>
 */
public final class HostRoot {
    /** Larger files of a skeleton are bound read-only instead of copied, bytes. */
    private static final long COPY_BYTES = 64 * 1024;

    private static final Set<String> PROVIDED = Set.of("proc", "sys", "dev", "run");
    private static final Bytes SHARED_TEMPORARY = Bytes.utf8("/var/tmp");
    private static final Bytes TOP = Bytes.utf8("/");

    private final MountTable mounts;
    private final Bytes runtime;
    private final Optional<Bytes> kept;
    private final Optional<Bytes> privateHome;

    private HostRoot(MountTable mounts, Bytes runtime, Optional<Bytes> kept, Optional<Bytes> privateHome) {
        this.mounts = mounts;
        this.runtime = runtime;
        this.kept = kept;
        this.privateHome = privateHome;
    }

    /**
     * As root.
     *
     * @param runtime the service's own directory, whose mounts are none of the system's
     * @param kept a directory that no overlay may cover, because upper directories are in it
     */
    public static HostRoot forRoot(MountTable mounts, Bytes runtime, Optional<Bytes> kept) {
        return new HostRoot(mounts, runtime, kept, Optional.empty());
    }

    /**
     * As an ordinary user, in a user namespace that knows only this user: there an overlay cannot make its own copy of
     * a directory that belongs to somebody else.
     *
     * @param home the user's own directory, without symbolic links in its path
     */
    public static HostRoot forUser(MountTable mounts, Bytes runtime, Optional<Bytes> kept, Bytes home) {
        return new HostRoot(mounts, runtime, kept, Optional.of(home));
    }

    /** @throws IOException when the system's top directory cannot be read */
    public RootPlan plan(Places places) throws IOException {
        return new Planner(places).plan();
    }

    /** Collects the steps of one plan. */
    private final class Planner {
        private final Places places;
        private final List<Step> steps = new ArrayList<>();
        private final Set<Bytes> overlaid = new HashSet<>();
        private final Set<Bytes> rebuilt = new HashSet<>();
        private final Set<Bytes> plannedMounts = new HashSet<>();
        private int scratches;

        Planner(Places places) {
            this.places = places;
        }

        RootPlan plan() throws IOException {
            // Whatever kind it is: a root that could not be written would be of no use. A container's own root, an
            // overlay itself, can have one more on top, and no other overlay can.
            directory(TOP, true);
            if (privateHome.isPresent()) {
                ownOverlay(SHARED_TEMPORARY);
                ownOverlay(privateHome.get());
            }
            return new RootPlan(steps);
        }

        private void entry(Bytes path, boolean canBeLower) throws IOException {
            plannedMounts.add(path);
            Optional<Mount> mount = mounts.at(path);
            if (mount.isPresent() && isLeftOut(mount.get())) {
                return;
            }
            BasicFileAttributes attributes;
            try {
                attributes = attributes(path);
            } catch (IOException e) {
                return; // gone meanwhile, or a mount that its owner keeps from everybody else
            }
            boolean lower = mount.isPresent() ? mount.get().canBeLower() : canBeLower;
            if (attributes.isSymbolicLink()) {
                Path target = Files.readSymbolicLink(NativePath.of(path));
                steps.add(Step.symlink(NativePath.target(target), places.inRoot(path)));
            } else if (attributes.isDirectory()) {
                directory(path, lower);
            } else if (attributes.isRegularFile()) {
                file(path, attributes, mount.isPresent());
            }
        }

        private void directory(Bytes path, boolean canBeLower) throws IOException {
            if (kept.isPresent() && kept.get().equals(path)) {
                steps.add(Step.directory(path, places.inRoot(path)));
            } else if (mustBeRebuilt(path)) {
                rebuild(path, canBeLower);
            } else if (canBeLower) {
                overlay(path);
                submounts(path);
            } else {
                steps.add(Step.bindReadonly(path, places.inRoot(path)));
                submounts(path);
            }
        }

        private boolean mustBeRebuilt(Bytes path) {
            boolean aboveKept = kept.isPresent() && NativePath.isUnder(kept.get(), path);
            return aboveKept || (privateHome.isPresent() && !mounts.under(path).isEmpty());
        }

        private void rebuild(Bytes path, boolean canBeLower) throws IOException {
            rebuilt.add(path);
            steps.add(Step.directory(path, places.inRoot(path)));
            for (Bytes child : children(path)) {
                if (!isProvided(child)) {
                    entry(child, canBeLower);
                }
            }
        }

        private void overlay(Bytes path) {
            overlaid.add(path);
            steps.add(Step.overlay(path, places.scratch(scratches++), places.inRoot(path)));
        }

        /** What is mounted beneath an overlay's lower directory is not seen through it. */
        private void submounts(Bytes directory) throws IOException {
            for (Mount mount : mounts.under(directory)) {
                boolean hidden = isProvided(mount.point()) || NativePath.isAtOrUnder(mount.point(), runtime);
                if (!hidden && plannedMounts.add(mount.point())) {
                    submount(mount);
                }
            }
        }

        private void submount(Mount mount) throws IOException {
            if (isLeftOut(mount)) {
                return;
            }
            BasicFileAttributes attributes;
            try {
                attributes = attributes(mount.point());
            } catch (IOException e) {
                return; // gone meanwhile
            }
            if (attributes.isDirectory() && mount.canBeLower()) {
                if (mustBeRebuilt(mount.point())) {
                    rebuild(mount.point(), true);
                } else {
                    overlay(mount.point());
                }
            } else if (attributes.isDirectory() || attributes.isRegularFile()) {
                steps.add(Step.bindReadonly(mount.point(), places.inRoot(mount.point())));
            }
        }

        private void file(Bytes path, BasicFileAttributes attributes, boolean isMountPoint) {
            boolean small = attributes.size() <= COPY_BYTES && Files.isReadable(NativePath.of(path));
            Bytes target = places.inRoot(path);
            steps.add(small && !isMountPoint ? Step.copy(path, target) : Step.bindReadonly(path, target));
        }

        /** An overlay of its own on top, so that the directory's copy is there from the start. */
        private void ownOverlay(Bytes path) throws IOException {
            boolean provided = isProvided(path) || NativePath.isAtOrUnder(path, runtime);
            if (!provided && !overlaid.contains(path) && !rebuilt.contains(path) && isWritableDirectory(path)) {
                overlay(path);
            }
        }
    }

    /**
     * Whether the mount is not part of the system's files, or root must not even look at it: a user's program that does
     * not answer would keep it waiting for ever. What lies beneath such a mount is behind that program too.
     */
    private boolean isLeftOut(Mount mount) {
        return mount.isPseudo() || (privateHome.isEmpty() && isBehindUsersProgram(mount.point()));
    }

    private boolean isBehindUsersProgram(Bytes point) {
        return mounts.mounts().stream()
                .filter(Mount::usersProgram)
                .anyMatch(mount -> NativePath.isAtOrUnder(point, mount.point()));
    }

    /** Whether the backend provides it: {@code /proc} and so on. */
    private static boolean isProvided(Bytes path) {
        int end = path.indexOf('/', 1);
        return PROVIDED.contains(path.slice(1, end < 0 ? path.length() : end).latin1());
    }

    private static BasicFileAttributes attributes(Bytes path) throws IOException {
        return Files.readAttributes(NativePath.of(path), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isWritableDirectory(Bytes path) {
        Path directory = NativePath.of(path);
        return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) && Files.isWritable(directory);
    }

    /** The directory's entries in order of their names; none when this user may not list it. */
    private static List<Bytes> children(Bytes directory) throws IOException {
        List<Bytes> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(NativePath.of(directory))) {
            entries.forEach(entry -> children.add(NativePath.join(directory, NativePath.name(entry))));
        } catch (AccessDeniedException e) {
            return List.of();
        }
        children.sort(Comparator.comparing(Bytes::latin1));
        return children;
    }
}
