package mayfly.clonepool.store;

import java.util.regex.Pattern;

/**
 * A frozen state of a template.
 *
 * @param id tells it from all others of its template, also from an earlier one of the same name as long as clones of that
 *     one are left: {@code DATASET@NAME} in a ZFS store, {@code NANOS@NAME} in the others
 */
public record Snapshot(String id) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,63}");

    public Snapshot {
        if (id.indexOf('@') < 1) {
            throw new IllegalArgumentException("no snapshot: " + id);
        }
    }

    /** As people call it. */
    public String name() {
        return id.substring(id.lastIndexOf('@') + 1);
    }

    /** Whether a snapshot can be called so: 64 letters, digits, and dots, underscores, colons and hyphens within. */
    public static boolean canBeCalled(String name) {
        return NAME.matcher(name).matches();
    }
}
