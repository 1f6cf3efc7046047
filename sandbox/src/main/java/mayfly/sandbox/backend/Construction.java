package mayfly.sandbox.backend;

import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;
import mayfly.sandbox.root.Step.Kind;

/**
 * All that a backend needs to know to build one sandbox.
 *
 * @param system whether the service is root and builds for others; else it is the caller's own
 * @param tmpfsSize size of the tmpfs at {@code places.mount()}, as mount(8) takes it
 */
public record Construction(
        Caller caller,
        boolean system,
        Places places,
        String tmpfsSize,
        Root root,
        boolean shareNet,
        List<KnownBind> binds) {
    public Construction {
        binds = List.copyOf(binds);
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
