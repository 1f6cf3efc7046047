package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.root.Step;

/**
 * Sandboxes by mayfly-enter alone: a root, mounts and process numbers of their own, and everything else the host's. For
 * those who work in a template: no boundary against root.
 */
public final class Chroot implements Backend {
    static final String NAME = "chroot";

    private final Host host;

    Chroot(Host host) {
        this.host = host;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Finding> missing(boolean root) {
        return root
                ? Optional.empty()
                : Optional.of(new Finding(
                        "it needs root's service", "as root: mayfly serve, for a template's maintainers too"));
    }

    @Override
    public void check(Shape shape, boolean system) throws RefusedException {
        if (!system) {
            throw Backend.needsRootsService(NAME);
        }
        if (!(shape.isolation().identity() instanceof Identity.Own)) {
            throw new RefusedException(
                    "cannot change ids with backend chroot: it makes no user namespace that could map them",
                    "use --backend bwrap or lxc");
        }
    }

    @Override
    public void checkDesktop() throws RefusedException {
        throw new RefusedException(
                "cannot give display or sound to backend chroot: it is for work in templates, and keeps nothing of the host's"
                        + " network out of reach",
                "use --backend bwrap or lxc");
    }

    /** It makes the root that of the namespace. */
    @Override
    public Bytes rootOutside(Bytes built) {
        return Bytes.utf8("/");
    }

    @Override
    public Grants grants(Isolation isolation) {
        return new Grants(Optional.empty(), false, true);
    }

    @Override
    public List<Bytes> words(Construction construction) throws RefusedException {
        List<Bytes> words = Step.beforeProgram(steps(construction));
        words.addAll(construction.init(false));
        return words;
    }

    private List<Step> steps(Construction construction) throws RefusedException {
        List<Step> steps = new ArrayList<>(new FilledRoot(construction, host).steps(List.of(), false, true));
        boolean isRoot = construction.caller().isRoot();
        steps.add(isRoot ? Step.capabilities(keptByRoot()) : Step.user(construction.caller()));
        return steps;
    }

    /** Device nodes would be the host's devices. */
    private static List<String> keptByRoot() {
        return Bubblewrap.ROOT_CAPABILITIES.stream()
                .filter(name -> !name.equals("MKNOD"))
                .toList();
    }
}
