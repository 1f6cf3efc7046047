package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Btrfs;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.root.MountTable;
import mayfly.sandbox.root.MountTable.Mount;

/**
 * A template's store on this machine, and why: what is configured, or the best for its path.
 *
 * @param dataset what holds the template's root, when the store is ZFS
 * @param reason a clause that says what speaks for it
 */
public record StoreChoice(Store store, Optional<String> dataset, String reason) {
    private static StoreChoice of(Store store, String reason) {
        return new StoreChoice(store, Optional.empty(), reason);
    }

    /** @param system whether the service is root's */
    public static StoreChoice of(TemplateConfiguration template, boolean system) throws IOException {
        if (template.isHost()) {
            return of(Store.OVERLAY, "it is this machine's own system");
        }
        if (Kernel.IS_FREEBSD && template.store() != Store.ZFS) {
            throw new StoreException(
                    "it is a directory, and jails are made in datasets of ZFS only",
                    "let dataset = \"…\" name one in place of path");
        }
        if (template.store() != Store.AUTO) {
            return new StoreChoice(template.store(), template.place().dataset(), "it is configured");
        }
        Path path = Path.of(template.place().path().orElseThrow());
        boolean elsewhere = template.place().clones().isPresent();
        if (!Files.exists(path)) {
            return forNew(path);
        }
        if (system) {
            try {
                TrustedWay.checkName(path);
            } catch (IOException e) { // each use finds that out, too
                return of(Store.OVERLAY, "it cannot be looked at: " + Failure.reason(e));
            }
        }
        return best(path.toRealPath(), elsewhere, system);
    }

    /** What {@code mayfly template create} can make. */
    private static StoreChoice forNew(Path path) throws IOException {
        Path parent = path.resolveSibling("");
        return Files.isDirectory(parent) && Files.isWritable(parent) && isOn(parent, false)
                ? of(Store.BTRFS, "it will be a subvolume of btrfs")
                : of(Store.OVERLAY, "nothing is there yet");
    }

    private static StoreChoice best(Path real, boolean clonesElsewhere, boolean system) throws IOException {
        MountTable mounts = MountTable.read();
        Mount mount = mounts.holding(NativePath.bytes(real))
                .orElseThrow(() -> new IOException("nothing is mounted at or above " + real));
        boolean isMountPoint = mount.point().equals(NativePath.bytes(real));
        String kind = mount.kind();
        // A whole pool has no siblings, which clones are.
        if (kind.equals("zfs") && isMountPoint && system && mount.source().contains('/')) {
            String dataset = mount.source().text();
            return new StoreChoice(Store.ZFS, Optional.of(dataset), "it is the dataset " + dataset);
        }
        if (kind.equals("btrfs") && isOn(real, true) && isOwn(real)) {
            if (clonesElsewhere || (!isMountPoint && canHaveSibling(real))) {
                return of(Store.BTRFS, "it is a subvolume of btrfs");
            }
        }
        if (!mount.canBeLower()) {
            return of(Store.DIRECTORY, "an overlay cannot lie over " + kind);
        }
        if (!system && !mounts.under(NativePath.bytes(real)).isEmpty()) {
            return of(Store.DIRECTORY, "without root no overlay can lie over a directory with mounts in it");
        }
        return of(Store.OVERLAY, "it needs no copies");
    }

    private static boolean isOn(Path directory, boolean subvolume) throws IOException {
        int fd =
                Descriptors.open(NativePath.bytes(directory.toAbsolutePath()), Kernel.O_RDONLY | Kernel.O_DIRECTORY, 0);
        try {
            return subvolume ? Btrfs.isSubvolume(fd) : Btrfs.isBtrfs(fd);
        } finally {
            Descriptors.close(fd);
        }
    }

    /** Who does not own a subvolume cannot make snapshots of it. */
    private static boolean isOwn(Path real) throws IOException {
        long uid = Accounts.effectiveUid();
        return uid == 0 || Integer.toUnsignedLong((Integer) Files.getAttribute(real, "unix:uid")) == uid;
    }

    private static boolean canHaveSibling(Path real) {
        Path base = TemplatePlan.beside(real);
        return Files.isWritable(Files.exists(base) ? base : base.resolveSibling(""));
    }
}
