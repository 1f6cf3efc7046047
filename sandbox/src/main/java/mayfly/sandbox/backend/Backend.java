package mayfly.sandbox.backend;

import java.util.List;
import java.util.Map;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;

/** What builds sandboxes. Thread-safe. */
public sealed interface Backend permits Bubblewrap {
    /** The backend of runs that name none. */
    String DEFAULT = Bubblewrap.NAME;

    /** All names, for completion. A test compares them with the backends that there are. */
    List<String> NAMES = List.of(Bubblewrap.NAME);

    /**
     * The words of mayfly-enter after its own name: steps, {@code --}, and the command that ends with mayfly-init on
     * descriptor 4.
     */
    List<Bytes> words(Construction construction) throws RefusedException;

    /**
     * Refuses what this backend cannot do, or not for this caller.
     *
     * @param system whether the service is root and builds for others; else it is the caller's own
     */
    default void check(Shape shape, boolean system) throws RefusedException {}

    /** What the caller's variables ask of this backend alone, as {@code Isolation.settings}. */
    default Map<String, String> settings(Variables variables) throws RefusedException {
        return Map.of();
    }

    /**
     * Whose rights count when root's service makes mount points in file systems that a sandbox of this shape alone has
     * ({@code /run}, {@code /dev}): those of the user who could have put something else there before. Without groups.
     */
    default Caller maker(Shape shape) {
        if (shape.isolation().identity() instanceof Identity.RootOfRange range) {
            return new Caller(range.uid(), range.gid(), List.of());
        }
        return new Caller(shape.caller().uid(), shape.caller().gid(), List.of());
    }

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
