package mayfly.sandbox.backend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;

/**
 * Sandboxes by bubblewrap 0.8 or later.
 *
 * <p>Nothing is done as root on a path that a user chose: his binds and his {@code -t} directory are handed to bwrap,
 * which runs as that user. What root does make in a root, mount points, it makes beneath a directory that it put
 * together itself and through no symbolic link: older versions of bwrap follow links in the new root when they make
 * mount points (CVE-2026-87766), so none may be left for them to make.
 */
public final class Bubblewrap implements Backend {
    static final String NAME = "bwrap";

    /** Mount points that bwrap fills itself. */
    static final List<String> PROVIDED = List.of("/proc", "/dev", "/sys", "/run");

    /** Devices of the machine that a sandbox has. */
    static final List<String> DEVICES =
            List.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty");

    /** The machine's own settings in /proc, to be seen only: the kernel lets its uid 0 write to them without a capability. */
    static final List<String> SETTINGS = List.of("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus");

    /** What root keeps inside: power over files and ids of the sandbox, none over the machine. */
    static final List<String> ROOT_CAPABILITIES = List.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "SETGID",
            "SETUID",
            "SETPCAP",
            "SETFCAP",
            "NET_BIND_SERVICE",
            "NET_RAW",
            "SYS_CHROOT",
            "MKNOD",
            "AUDIT_WRITE");

    private final Host host;

    Bubblewrap(Host host) {
        this.host = host;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Finding> missing(boolean root) {
        return host.program(NAME).isPresent()
                ? Optional.empty()
                : Optional.of(new Finding("bwrap is not installed", "apt-get install bubblewrap"));
    }

    @Override
    public List<Bytes> words(Construction construction) throws RefusedException {
        Path program = host.program(NAME)
                .orElseThrow(() -> new RefusedException(
                        "cannot start a sandbox: bwrap is not installed",
                        "install bubblewrap (apt install bubblewrap)"));
        List<Bytes> words = Step.beforeProgram(steps(construction));
        words.add(NativePath.bytes(program));
        words.addAll(arguments(construction));
        return words;
    }

    /** A directory of the user's own choice that root must not touch. */
    private static boolean isForeignRoot(Construction construction) {
        return construction.root() instanceof Root.Chosen
                && construction.system()
                && !construction.caller().isRoot();
    }

    /** Devices are still written to where they are read-only, but their modes and owners are not changed: root owns them. */
    static List<Step> keptDevices(Host host) {
        return DEVICES.stream()
                .filter(host::has)
                .map(device -> Step.bindReadonly(Bytes.utf8(device), Bytes.utf8(device)))
                .toList();
    }

    private List<Step> steps(Construction construction) throws RefusedException {
        List<Step> steps = new ArrayList<>();
        steps.add(construction.namespaces());
        if (isForeignRoot(construction)) {
            steps.addAll(construction.foreignRootSteps());
            steps.addAll(construction.becoming());
            addMountPoints(steps, construction);
            return steps;
        }
        if (construction.caller().isRoot()) {
            steps.addAll(keptDevices(host));
        }
        steps.addAll(construction.rootSteps());
        addMountPoints(steps, construction);
        steps.addAll(construction.becoming());
        return steps;
    }

    /** In a directory whose changes stay, a bind's mount point has to be there: none is left behind. */
    private static void addMountPoints(List<Step> steps, Construction construction) {
        Bytes root = construction.places().root();
        for (String provided : PROVIDED) {
            steps.add(Step.target(root, Bytes.utf8(provided), Kind.DIRECTORY));
        }
        boolean changesStay = construction.root() instanceof Root.Chosen;
        for (KnownBind known : construction.binds()) {
            Bytes destination = known.bind().destination();
            boolean provided =
                    PROVIDED.stream().anyMatch(directory -> NativePath.isUnder(destination, Bytes.utf8(directory)));
            if (!provided) {
                steps.add(
                        changesStay
                                ? Step.needTarget(root, destination, known.kind())
                                : Step.target(root, destination, known.kind()));
            }
        }
    }

    private List<Bytes> arguments(Construction construction) {
        List<Bytes> arguments = new ArrayList<>();
        add(arguments, "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try");
        if (!construction.isolation().shareNet()) {
            add(arguments, "--unshare-net");
        }
        if (construction.isolation().identity() instanceof Identity.RootAlone) {
            add(arguments, "--unshare-user", "--uid", "0", "--gid", "0");
        }
        add(arguments, "--as-pid-1");
        add(arguments, "--bind");
        arguments.add(construction.places().root());
        add(arguments, "/", "--proc", "/proc");
        // bwrap would cover them only if it could write to them itself.
        for (String settings : SETTINGS) {
            if (host.has(settings)) {
                add(arguments, "--ro-bind", settings, settings);
            }
        }
        add(arguments, "--dev", "/dev", "--ro-bind-try", "/sys", "/sys");
        conceal(arguments, Concealment.from(construction.caller(), host));
        String size = Long.toString(construction.bounds().tmpfsBytes());
        add(arguments, "--size", size, "--tmpfs", "/run", "--dir", "/run/lock");
        if (construction.isolation().shareNet()) {
            host.resolverInRun().ifPresent(file -> {
                add(arguments, "--ro-bind");
                arguments.add(file);
                arguments.add(file);
            });
        }
        for (KnownBind known : construction.binds()) {
            add(arguments, known.bind().readOnly() ? "--ro-bind" : "--bind");
            arguments.add(known.bind().source());
            arguments.add(known.bind().destination());
        }
        // Its files are the machine's, too, and what its uid 0 makes of their modes and owners stays.
        if (construction.caller().isRoot() && construction.isFiltered()) {
            add(arguments, "--remount-ro", "/proc");
        }
        add(arguments, "--cap-drop", "ALL");
        if (construction.isRootInside()) {
            for (String capability : ROOT_CAPABILITIES) {
                add(arguments, "--cap-add", "CAP_" + capability);
            }
        }
        add(arguments, "--chdir", "/", "--");
        arguments.addAll(
                construction.initInUserNamespace(!construction.isolation().shareNet()));
        return arguments;
    }

    private static void conceal(List<Bytes> arguments, Concealment concealment) {
        for (String directory : concealment.directories()) {
            add(arguments, "--size", "4096", "--tmpfs", directory, "--remount-ro", directory);
        }
        for (String file : concealment.files()) {
            add(arguments, "--dev-bind", Concealment.NOTHING, file);
        }
    }

    private static void add(List<Bytes> arguments, String... words) {
        for (String word : words) {
            arguments.add(Bytes.utf8(word));
        }
    }
}
