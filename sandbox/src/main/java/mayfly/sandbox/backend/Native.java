package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.root.Step;

/**
 * Sandboxes by mayfly-enter alone, as isolated as those of bubblewrap, and made with half the processor time.
 *
 * <p>Mounts and process numbers are made by root, in namespaces of the machine's: no capability inside reaches them. Then it
 * enters a user namespace, root's own, which has the network and the other namespaces: neither is in the reach of whoever
 * has the command's uid outside.
 */
public final class Native implements Backend {
    static final String NAME = "native";

    private final Host host;

    Native(Host host) {
        this.host = host;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Finding> missing(boolean root) {
        return root ? Optional.empty() : Optional.of(new Finding("it needs root's service", "as root: mayfly serve"));
    }

    @Override
    public void check(Shape shape, boolean system) throws RefusedException {
        if (!system) {
            throw Backend.needsRootsService(NAME);
        }
        if (shape.root().isPresent() && !shape.caller().isRoot()) {
            throw new RefusedException(
                    "cannot use --root with backend native: it would work in your directory as root",
                    "use --backend bwrap");
        }
    }

    /** It makes the root that of the namespace. */
    @Override
    public Bytes rootOutside(Bytes built) {
        return Bytes.utf8("/");
    }

    @Override
    public List<Bytes> words(Construction construction) throws RefusedException {
        List<Bytes> words = Step.beforeProgram(steps(construction));
        words.addAll(construction.initInUserNamespace(!construction.isolation().shareNet()));
        return words;
    }

    private List<Step> steps(Construction construction) throws RefusedException {
        Caller caller = construction.caller();
        boolean shareNet = construction.isolation().shareNet();
        boolean readOnlyProc = caller.isRoot() && construction.isFiltered();
        List<Step> steps =
                new ArrayList<>(new FilledRoot(construction, host).steps(ids(construction), readOnlyProc, shareNet));
        if (!caller.isRoot() && !(construction.isolation().identity() instanceof Identity.RootOfRange)) {
            steps.add(Step.groups(caller));
        }
        steps.add(Step.enterIds());
        steps.add(Step.namespaces(shareNet ? "ipc,uts,cgroup" : "ipc,uts,cgroup,net"));
        steps.add(Step.capabilities(construction.isRootInside() ? Bubblewrap.ROOT_CAPABILITIES : List.of()));
        return steps;
    }

    /** The user namespace, where the root does not need it for its owners and so makes it. */
    private static List<Step> ids(Construction construction) {
        Caller caller = construction.caller();
        Identity identity = construction.isolation().identity();
        if (identity instanceof Identity.RootOfRange) {
            return List.of();
        }
        if (identity instanceof Identity.RootAlone) {
            return List.of(Step.oneId(caller, 0, 0));
        }
        return List.of(caller.isRoot() ? Step.allIds() : Step.oneId(caller, caller.uid(), caller.gid()));
    }
}
