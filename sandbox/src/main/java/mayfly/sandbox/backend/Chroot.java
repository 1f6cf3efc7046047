package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;

/**
 * Sandboxes by mayfly-enter alone: a root, mounts and process numbers of their own, and everything else the host's. For
 * those who work in a template: no boundary against root.
 */
public final class Chroot implements Backend {
    static final String NAME = "chroot";

    private static final String LITTLE = "4k";
    /** Names in /dev, and what they are links to. */
    private static final List<List<String>> LINKS = List.of(
            List.of("fd", "/proc/self/fd"),
            List.of("stdin", "/proc/self/fd/0"),
            List.of("stdout", "/proc/self/fd/1"),
            List.of("stderr", "/proc/self/fd/2"),
            List.of("ptmx", "pts/ptmx"));

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
            throw new RefusedException(
                    "cannot use backend chroot: it needs root's service",
                    "leave out --backend, or have root run mayfly serve");
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
        List<Bytes> words = new ArrayList<>();
        for (Step step : steps(construction)) {
            words.addAll(step.words());
        }
        words.add(Bytes.utf8("--"));
        words.addAll(construction.init());
        return words;
    }

    private List<Step> steps(Construction construction) throws RefusedException {
        List<Step> steps = new ArrayList<>(BuiltRoot.steps(construction, Bubblewrap.PROVIDED));
        Bytes root = construction.places().root();
        boolean isRoot = construction.caller().isRoot();
        steps.add(Step.pidNamespace());
        steps.add(Step.proc(in(root, "/proc")));
        // Root here is the machine's root: what its uid may change without a capability is out of reach.
        for (String settings : Bubblewrap.SETTINGS) {
            if (host.has(settings)) {
                steps.add(Step.bindReadonly(in(root, settings), in(root, settings)));
            }
        }
        steps.add(Step.bindReadonly(Bytes.utf8("/sys"), in(root, "/sys")));
        mask(steps, root, Bubblewrap.MASKED);
        mask(steps, root, Bubblewrap.MASKED_FROM_ROOT);
        hide(steps, root, Bubblewrap.HIDDEN);
        hide(steps, root, Bubblewrap.HIDDEN_FROM_ROOT);
        devices(steps, root);
        steps.add(Step.tmpfs(construction.tmpfsSize(), in(root, "/run")));
        steps.add(Step.target(root, Bytes.utf8("/run/lock"), Kind.DIRECTORY));
        host.resolverInRun().ifPresent(file -> {
            steps.add(Step.target(root, file, Kind.FILE));
            steps.add(Step.bindReadonly(file, root.plus(file)));
        });
        steps.add(Step.pivot(root));
        steps.add(isRoot ? Step.capabilities(keptByRoot()) : Step.user(construction.caller()));
        return steps;
    }

    private void mask(List<Step> steps, Bytes root, List<String> directories) {
        for (String directory : directories) {
            if (host.hasDirectory(directory)) {
                steps.add(Step.tmpfs(LITTLE, in(root, directory)));
            }
        }
    }

    private void hide(List<Step> steps, Bytes root, List<String> files) {
        for (String file : files) {
            if (host.has(file)) {
                steps.add(Step.bindReadonly(Bytes.utf8(Bubblewrap.NOTHING), in(root, file)));
            }
        }
    }

    private static void devices(List<Step> steps, Bytes root) {
        Bytes dev = in(root, "/dev");
        steps.add(Step.tmpfs("1m", dev));
        for (String device : Bubblewrap.DEVICES) {
            steps.add(Step.bindReadonly(Bytes.utf8(device), in(root, device)));
        }
        for (List<String> link : LINKS) {
            steps.add(Step.symlink(Bytes.utf8(link.get(1)), NativePath.join(dev, link.get(0))));
        }
        steps.add(Step.target(root, Bytes.utf8("/dev/pts"), Kind.DIRECTORY));
        steps.add(Step.devpts(in(root, "/dev/pts")));
        // As open to everybody as /tmp is.
        steps.add(Step.directory(Bytes.utf8("/tmp"), in(root, "/dev/shm")));
    }

    /** Device nodes would be the host's devices. */
    private static List<String> keptByRoot() {
        return Bubblewrap.ROOT_CAPABILITIES.stream()
                .filter(name -> !name.equals("MKNOD"))
                .toList();
    }

    private static Bytes in(Bytes root, String path) {
        return root.plus(Bytes.utf8(path));
    }
}
