package mayfly.integration.workshop;

import java.util.Locale;

/** What builds a sandbox. */
public enum Backend {
    BWRAP,
    NATIVE,
    LXC,
    /** For a user only in the templates that he maintains. */
    CHROOT;

    /** Whether a user's own service can have it, which has no root's rights. */
    boolean needsNoRoot() {
        return this == BWRAP;
    }

    /** Whether a user may name a directory of his own with {@code -t}. */
    public boolean takesDirectoriesOfUsers() {
        return this == BWRAP;
    }

    /** As {@code --backend} has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
