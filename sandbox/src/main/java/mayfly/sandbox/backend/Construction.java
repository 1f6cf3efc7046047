package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;

/**
 * All that a backend needs to know to build one sandbox.
 *
 * @param name what no other sandbox of the machine is called: letters, digits and {@code _ . -}
 * @param system whether the service is root and builds for others; else it is the caller's own
 * @param bounds the size is that of the tmpfs at {@code places.mount()}, too
 */
public record Construction(
        String name,
        Caller caller,
        boolean system,
        Places places,
        Bounds bounds,
        Root root,
        Isolation isolation,
        List<KnownBind> binds) {
    private static final Bytes INIT = Bytes.utf8("/proc/self/fd/4");
    private static final Bytes TOP = Bytes.utf8("/");
    private static final Bytes ABSTRACT_SOCKETS = Bytes.utf8("abstract-sockets");
    private static final Bytes OWN_NETWORK = Bytes.utf8("own-network");
    private static final Bytes ROOT_ONCE = Bytes.utf8("root-once");
    private static final String PROCESSES = "processes=";

    public Construction {
        binds = List.copyOf(binds);
    }

    /** Whether the command is uid 0 inside. */
    boolean isRootInside() {
        return caller.isRoot() || !(isolation.identity() instanceof Identity.Own);
    }

    /** Whether the command cannot make user namespaces: nested sandboxes write to /proc, in whose files their ids are. */
    boolean isFiltered() {
        return isolation.seccomp() == Seccomp.DEFAULT || isolation.seccomp() == Seccomp.STRICT;
    }

    /** The first step: the namespaces that all others work in. */
    Step namespaces() {
        if (system) {
            return Step.privateMounts();
        }
        return isolation.identity() instanceof Identity.RootAndRange range
                ? Step.userRange(caller, range)
                : Step.userPrivate(caller);
    }

    /**
     * The steps after which the root stands at {@code places.root()}, below a tmpfs; to be taken as root where the service
     * is root.
     */
    List<Step> rootSteps() throws RefusedException {
        List<Step> steps = new ArrayList<>();
        steps.add(Step.tmpfs(bounds.tmpfsBytes(), places.mount()));
        if (places.scratchInMemory()) {
            steps.add(Step.directory(TOP, places.scratch()));
        }
        RootPlan plan = root instanceof Root.Planned planned
                ? planned.plan()
                : DirectoryRoot.itself(((Root.Chosen) root).directory(), places);
        RootPlan wanted =
                isolation.identity() instanceof Identity.RootOfRange range ? plan.mapped(range, places) : plan;
        steps.addAll(wanted.steps());
        return steps;
    }

    /** The same for a directory of the user's own choice, of which root has no more than the user. */
    List<Step> foreignRootSteps() {
        return List.of(
                Step.tmpfs(bounds.tmpfsBytes(), places.mount()),
                Step.bindAs(caller, ((Root.Chosen) root).directory(), places.root()),
                Step.harden(places.root()));
    }

    /**
     * The last steps, after which a backend's program runs as whoever builds the sandbox; none without root's service. A
     * user's program is in a user namespace of root's: his own one, in which he has all rights and which he could enter
     * from outside, is then one that he cannot reach, and neither can he trace what builds his sandbox.
     */
    List<Step> becoming() {
        if (!system) {
            return List.of();
        }
        if (isolation.identity() instanceof Identity.RootOfRange) {
            return List.of(Step.enterIds());
        }
        return caller.isRoot() ? List.of(Step.identity()) : List.of(Step.identity(), Step.user(caller));
    }

    /** For a backend that gives its sandboxes no names. */
    Construction(
            Caller caller,
            boolean system,
            Places places,
            Bounds bounds,
            Root root,
            Isolation isolation,
            List<KnownBind> binds) {
        this("sandbox", caller, system, places, bounds, root, isolation, binds);
    }

    List<Bytes> init(boolean ownNetwork) {
        return init(INIT, ownNetwork);
    }

    /** The same in a user namespace of the sandbox's own, where its processes alone count. */
    List<Bytes> initInUserNamespace(boolean ownNetwork) {
        List<Bytes> words = init(ownNetwork);
        if (bounds.processes() > 0) {
            words.add(Bytes.utf8(PROCESSES + bounds.processes()));
        }
        return words;
    }

    /**
     * The command that a backend starts inside: mayfly-init, and how it is to be.
     *
     * @param program a path that leads to it inside
     * @param ownNetwork whether the sandbox has a network of its own
     */
    List<Bytes> init(Bytes program, boolean ownNetwork) {
        List<Bytes> words = new ArrayList<>(List.of(program));
        switch (isolation.seccomp()) {
            case DEFAULT -> {}
            case STRICT -> words.add(Bytes.utf8("strict"));
            case NESTED -> words.add(Bytes.utf8("nested"));
            case NONE -> words.add(Bytes.utf8("unfiltered"));
        }
        if (ownNetwork) {
            words.add(OWN_NETWORK);
        }
        if (isolation.abstractSockets() && !ownNetwork) { // X's is not in another network
            words.add(ABSTRACT_SOCKETS);
        }
        if (!isolation.ownHooks()) {
            words.add(ROOT_ONCE);
        }
        return words;
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
