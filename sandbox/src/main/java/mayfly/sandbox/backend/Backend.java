package mayfly.sandbox.backend;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;

/** What builds sandboxes. Thread-safe. */
public sealed interface Backend permits Bubblewrap, Chroot, JailBackend, Lxc, Native {
    /** Its name on the command line. */
    String name();

    /**
     * The words of mayfly-enter after its own name: steps, {@code --}, and the command that ends with mayfly-init on
     * descriptor 4.
     */
    List<Bytes> words(Construction construction) throws RefusedException;

    /**
     * Refuses what this backend cannot do.
     *
     * @param system whether the service is root and builds for others; else it is the caller's own
     */
    default void check(Shape shape, boolean system) throws RefusedException {}

    /**
     * What is done to the machine around a sandbox, in this order. It is taken away again by what the service cleans up after
     * each sandbox.
     *
     * @param before it is started
     * @param after it is parked
     */
    record Around(List<HostStep> before, List<HostStep> after) {
        static final Around NONE = new Around(List.of(), List.of());
    }

    /**
     * What is to be done to the machine around the sandbox.
     *
     * @param enter the path of mayfly-enter
     */
    default Around around(Construction construction, String enter) throws RefusedException {
        return Around.NONE;
    }

    /** Why it cannot be used on this machine at all; empty: it can, by a service that is root or by one that is not. */
    Optional<Finding> missing(boolean root);

    /** Refuses to make somebody another user inside than outside, if that cannot be done. */
    default void checkIds() throws RefusedException {}

    /**
     * Paths that programs with root's rights follow while the sandbox is built: root's service refuses to build it when
     * somebody else could replace a component of one of them.
     */
    default List<Bytes> followed(Construction construction) {
        return List.of();
    }

    /** Refuses to give a sandbox its caller's display and sound, if that cannot be done. */
    default void checkDesktop() throws RefusedException {}

    /** Whether a sandbox's root can be shown to somebody outside, as hooks need it. */
    default boolean showsRoot() {
        return true;
    }

    /** Whether root's service can bind into a sandbox that is there already; else binds are of the sandbox's shape. */
    default boolean bindsLate() {
        return true;
    }

    /** What the caller's variables ask of this backend alone, as {@code Isolation.settings}. */
    default Map<String, String> settings(Variables variables) throws RefusedException {
        return Map.of();
    }

    /**
     * Whose rights count when root's service makes mount points in file systems that a sandbox of this shape alone has
     * ({@code /run}, {@code /dev}): those of the user who could have put something else there before. Without groups.
     */
    default Caller maker(Shape shape) {
        return shape.caller().outside(shape.isolation().identity());
    }

    /**
     * Where a sandbox's root is in the mount namespace of its outermost process, which root alone can enter.
     *
     * @param built where mayfly-enter puts it together
     */
    default Bytes rootOutside(Bytes built) {
        return built;
    }

    /** What a sandbox gives beyond what its user has anyway; only an administrator can give it. */
    default Grants grants(Isolation isolation) {
        return Grants.NONE;
    }

    /** How much a sandbox may use of the machine, in a control group of its own. */
    default Quota quota(Isolation isolation) {
        return Quota.NONE;
    }

    /** Whether the caller wants to read what is written while his sandbox is started. */
    default boolean isLogWanted(Isolation isolation) {
        return false;
    }

    /**
     * What a sandbox has that not everybody may have.
     *
     * @param bridge the bridge of the host's that it is attached to
     * @param tun whether it can make network devices of programs
     * @param host whether nothing but the caller's own rights keeps it from the host
     */
    record Grants(Optional<String> bridge, boolean tun, boolean host) {
        static final Grants NONE = new Grants(Optional.empty(), false, false);
    }

    /** What stands in the way of a backend, and what can be done. */
    record Finding(String reason, String remedy) {}

    /** The refusal of a backend that a user's own service cannot have. */
    static RefusedException needsRootsService(String name) {
        return new RefusedException(
                "cannot use backend " + name + ": it needs root's service",
                "leave out --backend, or have root run mayfly serve");
    }

    // Methods: constants of this interface would be made while Backends makes those that implement it.

    /** The backend of runs that name none. */
    static String defaultName() {
        return Backends.DEFAULT;
    }

    /** The names of this system's, for completion; the default one is the first. */
    static List<String> names() {
        return Backends.NAMES;
    }

    /** All of this system. */
    static List<Backend> all() {
        return Backends.ALL;
    }

    /** The backend of this name. */
    static Backend named(String name) throws RefusedException {
        return Backends.named(name);
    }
}
