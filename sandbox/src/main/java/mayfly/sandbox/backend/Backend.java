package mayfly.sandbox.backend;

import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/** What builds sandboxes. Thread-safe. */
public sealed interface Backend permits Bubblewrap {
    /** The backend of runs that name none. */
    String DEFAULT = Bubblewrap.NAME;

    /**
     * The words of mayfly-enter after its own name: steps, {@code --}, and the command that ends with mayfly-init on
     * descriptor 4.
     */
    List<Bytes> words(Construction construction) throws RefusedException;

    /** The backend of this name. */
    static Backend named(String name) throws RefusedException {
        if (name.equals(Bubblewrap.NAME)) {
            return new Bubblewrap(new Host());
        }
        throw new RefusedException(
                "cannot use backend " + name + ": this version has " + Bubblewrap.NAME + " only",
                "leave out --backend");
    }
}
