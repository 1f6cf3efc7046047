package mayfly.clonepool.store;

import java.io.IOException;

/** What a store could not do, and what can be done about it. */
final class StoreException extends IOException {
    /** The remedy for a directory on a filesystem that cannot do what its store needs. */
    static final String OTHER_STORE = "give the template another place or store = \"auto\"";

    private static final String FULL = "No space left on device";
    private static final String ROOM = "free space where the clones are";
    private static final long serialVersionUID = 1L;

    private final String remedy;

    StoreException(String reason, String remedy) {
        super(reason);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }

    /** The remedy of a failure; empty: none is known. */
    static String remedy(IOException e) {
        if (e instanceof StoreException failure) {
            return failure.remedy;
        }
        // Java's own failures carry no number, only the operating system's words
        return Failure.reason(e).contains(FULL) ? ROOM : "";
    }
}
