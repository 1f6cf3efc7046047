package mayfly.integration.workshop;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The stores that the tests run on. */
public enum StoreKind {
    /** Changes in memory. */
    OVERLAY,
    /** Changes on an ext4 of its own. */
    OVERLAY_ON_DISK,
    /** On an xfs that shares blocks. */
    DIRECTORY,
    BTRFS,
    ZFS;

    /** Those of this run: the system property {@code mayfly.stores} names them, as {@code zfs}, or {@code btrfs,overlay}. */
    static List<StoreKind> all() {
        String words = System.getProperty("mayfly.stores", "overlay,overlay_on_disk,directory,btrfs");
        return Arrays.stream(words.split(","))
                .map(word -> valueOf(word.toUpperCase(Locale.ROOT)))
                .toList();
    }

    /** Whether what commands change takes room in a filesystem of the store's. */
    public boolean isOnDisk() {
        return this != OVERLAY;
    }

    /** Whether clones are made of snapshots only. */
    public boolean needsSnapshot() {
        return this == BTRFS || this == ZFS;
    }
}
