package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import mayfly.clonepool.config.TemplateConfiguration.Store;

/**
 * The best store for a directory, and why.
 *
 * @param reason a clause that says what speaks for it
 */
public record StoreChoice(Store store, String reason) {
    /** The inode number of a subvolume's root (BTRFS_FIRST_FREE_OBJECTID). */
    private static final long SUBVOLUME = 256;

    public static StoreChoice of(Path path) {
        try {
            boolean btrfs = Files.getFileStore(path).type().equals("btrfs");
            if (btrfs && (Long) Files.getAttribute(path, "unix:ino") == SUBVOLUME) {
                return new StoreChoice(Store.BTRFS, "it is a subvolume of btrfs");
            }
        } catch (IOException e) {
            return new StoreChoice(Store.OVERLAY, "nothing is there yet");
        }
        return new StoreChoice(Store.OVERLAY, "it needs no copies");
    }
}
