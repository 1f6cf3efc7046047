package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One line of {@code mount -p}.
 *
 * @param device what is mounted: of ZFS the dataset
 * @param directory where
 * @param type as {@code zfs}, {@code devfs}
 */
record MountedOn(String device, String directory, String type) {
    /** {@code device directory type options dump pass}, with white space between. Lines of another form are passed over. */
    static List<MountedOn> read(String output) {
        List<MountedOn> mounts = new ArrayList<>();
        for (String line : output.lines().toList()) {
            String[] columns = line.strip().split("[ \\t]+", -1);
            if (columns.length >= 4 && columns[1].startsWith("/")) {
                mounts.add(new MountedOn(columns[0], columns[1], columns[2]));
            }
        }
        return mounts;
    }

    /** Those on the directory and in it, the deepest and of one place the last first: the order to unmount them in. */
    static List<MountedOn> under(String directory, List<MountedOn> all) {
        List<MountedOn> reversed = new ArrayList<>();
        for (MountedOn mount : all) {
            if (mount.directory().equals(directory) || mount.directory().startsWith(directory + "/")) {
                reversed.add(0, mount);
            }
        }
        reversed.sort(Comparator.comparingInt((MountedOn mount) -> depth(mount.directory()))
                .reversed());
        return reversed;
    }

    private static int depth(String path) {
        return (int) path.chars().filter(c -> c == '/').count();
    }
}
