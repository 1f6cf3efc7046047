package mayfly.sandbox.backend;

import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;
import mayfly.sandbox.root.Step.Kind;

/**
 * All that a backend needs to know to build one sandbox.
 *
 * @param name what no other sandbox of the machine is called: letters, digits and {@code _ . -}
 * @param system whether the service is root and builds for others; else it is the caller's own
 * @param tmpfsSize size of the tmpfs at {@code places.mount()}, as mount(8) takes it
 */
public record Construction(
        String name,
        Caller caller,
        boolean system,
        Places places,
        String tmpfsSize,
        Root root,
        Isolation isolation,
        List<KnownBind> binds) {
    private static final Bytes UNFILTERED = Bytes.utf8("unfiltered");

    public Construction {
        binds = List.copyOf(binds);
    }

    /** For a backend that gives its sandboxes no names. */
    Construction(
            Caller caller,
            boolean system,
            Places places,
            String tmpfsSize,
            Root root,
            Isolation isolation,
            List<KnownBind> binds) {
        this("sandbox", caller, system, places, tmpfsSize, root, isolation, binds);
    }

    /** The command that a backend starts inside: mayfly-init, and how it is to be. */
    List<Bytes> init() {
        Bytes program = Bytes.utf8("/proc/self/fd/4");
        return isolation.filtered() ? List.of(program) : List.of(program, UNFILTERED);
    }

    /** What the sandbox has at {@code /}. */
    public sealed interface Root {
        /** A root that the steps put together. */
        record Planned(RootPlan plan) implements Root {}

        /** A directory that the caller chose, without symbolic links in its path; its changes stay. */
        record Chosen(Bytes directory) implements Root {}
    }

    /** A bind whose source was looked at, with the caller's rights. */
    public record KnownBind(Bind bind, Kind kind) {}
}
