package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;

/**
 * Sandboxes by FreeBSD's jails, in clones of ZFS.
 *
 * <p>mayfly-enter makes the jail by jail_set(2) and enters it in the same call, so it is gone with its last process. Mounts,
 * rules and network interfaces are the whole machine's on FreeBSD: they are made around it by {@link HostSteps}, before any
 * process is in the clone, and taken away by {@link JailRemains}.
 */
public final class JailBackend implements Backend {
    static final String NAME = "jail";

    static final String ADDRESSES = "MAYFLY_JAIL_ADDRESSES";
    static final String ZFS = "/sbin/zfs";

    private static final String MOUNT = "/sbin/mount";
    private static final String UMOUNT = "/sbin/umount";
    private static final String TRUE = "/usr/bin/true";
    private static final String ROOT = "r";
    private static final Bytes INIT = Bytes.utf8("/dev/fd/4");
    private static final int FIRST_UNIT = 20_000;
    private static final int UNITS = 12_000;
    private static final List<String> MOUNT_POINTS = List.of("/dev", "/tmp");

    private final Host host;
    /** Each service begins somewhere else: sandboxes of the last one may still have theirs. */
    private final AtomicInteger units;

    JailBackend(Host host) {
        this(host, (int) (System.currentTimeMillis() % UNITS));
    }

    /** @param units what is added to the number of the first pair of network interfaces */
    JailBackend(Host host, int units) {
        this.host = host;
        this.units = new AtomicInteger(units);
    }

    @Override
    public String name() {
        return NAME;
    }

    /** The directory that a jail has to itself, which only root may enter: others' clones are nobody's to look at. */
    static String place(Bytes mount, String jail) {
        return NativePath.join(mount, jail).text();
    }

    /** Where its clone is mounted. */
    static String root(Bytes mount, String jail) {
        return place(mount, jail) + "/" + ROOT;
    }

    /** Kills all that is in the jail, if there is one, at once: jail(8) would wait for processes that ignore its signal. */
    static List<String> removing(String enter, String jail) {
        return List.of(enter, "remove-jail", jail, "--", TRUE);
    }

    @Override
    public Optional<Finding> missing(boolean root) {
        if (!host.isFreeBsd()) {
            return Optional.of(new Finding("it is FreeBSD's", "bwrap does the same here"));
        }
        return root
                ? Optional.empty()
                : Optional.of(new Finding("it needs root's service", "as root: service mayfly start"));
    }

    @Override
    public void check(Shape shape, boolean system) throws RefusedException {
        if (!host.isFreeBsd()) {
            throw new RefusedException("cannot use backend jail: it is FreeBSD's", "leave out --backend");
        }
        if (!system) {
            throw new RefusedException(
                    "cannot use backend jail: only root can make jails", "as root: service mayfly start");
        }
        if (!(shape.isolation().identity() instanceof Identity.Own)) {
            checkIds();
        }
        Seccomp seccomp = shape.isolation().seccomp();
        if (seccomp == Seccomp.STRICT || seccomp == Seccomp.NESTED) {
            throw new RefusedException(
                    "cannot use the policy of system calls that the template asks for: FreeBSD has no filter of them",
                    "leave out seccomp in its table");
        }
        if (!shape.caller().isRoot() && shape.root().isPresent()) {
            throw new RefusedException(
                    "cannot use --root with backend jail: its path would be followed as root, whoever chose it",
                    "name a template");
        }
        if (!shape.caller().isRoot() && !shape.binds().isEmpty()) {
            throw new RefusedException(
                    "cannot bind " + shape.binds().get(0).source()
                            + " with backend jail: its path would be followed as root, whoever chose it",
                    "have root bind it, or put it into the template");
        }
        network(shape.isolation());
    }

    @Override
    public void checkIds() throws RefusedException {
        throw new RefusedException(
                "cannot change ids with backend jail: FreeBSD has no user namespaces that could map them",
                "leave out --uid-base, --gid-base and --as-root");
    }

    /** In a directory that others can change, what mount(8) is to mount on could become a link out of it. */
    @Override
    public List<Bytes> followed(Construction construction) {
        if (!(construction.root() instanceof Root.Chosen chosen)) {
            return List.of();
        }
        Stream<Bytes> bound =
                construction.binds().stream().map(known -> known.bind().destination());
        return Stream.concat(MOUNT_POINTS.stream().map(Bytes::utf8), bound)
                .map(point -> chosen.directory().plus(point))
                .toList();
    }

    @Override
    public void checkDesktop() throws RefusedException {
        throw new RefusedException(
                "cannot give display or sound to backend jail: their sockets cannot be mounted into it",
                "leave out --x11 and --pulseaudio");
    }

    /** A jail's directory that is held outside is no root there. */
    @Override
    public boolean showsRoot() {
        return false;
    }

    @Override
    public boolean bindsLate() {
        return false;
    }

    @Override
    public Map<String, String> settings(Variables variables) throws RefusedException {
        Map<String, String> settings = new TreeMap<>();
        Optional<Bytes> bridge = variables.value(Lxc.BRIDGE);
        if (bridge.isPresent()) {
            settings.put(Lxc.BRIDGE, JailNames.networkInterface(bridge.get().text()));
        }
        Optional<Bytes> addresses = variables.value(ADDRESSES);
        if (addresses.isPresent()) {
            JailNetwork.Addresses.of(addresses.get().text());
            settings.put(ADDRESSES, addresses.get().text());
        }
        Lxc.putQuotas(settings, variables);
        if (variables.isOn(Lxc.TUN)) {
            throw new RefusedException(
                    "cannot use " + Lxc.TUN + " with backend jail: its /dev has no tun",
                    "unset it, or use another backend");
        }
        return settings;
    }

    @Override
    public Grants grants(Isolation isolation) {
        return new Grants(
                isolation.shareNet() ? Optional.ofNullable(isolation.settings().get(Lxc.BRIDGE)) : Optional.empty(),
                false,
                false);
    }

    private JailNetwork network(Isolation isolation) throws RefusedException {
        String bridge = isolation.settings().get(Lxc.BRIDGE);
        String addresses = isolation.settings().get(ADDRESSES);
        if (!isolation.shareNet()) {
            return new JailNetwork.None();
        }
        if (bridge != null && addresses != null) {
            throw new RefusedException(
                    "cannot use " + ADDRESSES + " on a bridge: a network of its own has its own addresses",
                    "unset " + ADDRESSES + " or " + Lxc.BRIDGE);
        }
        if (bridge != null) {
            return new JailNetwork.Vnet(
                    JailNames.networkInterface(bridge), FIRST_UNIT + Math.floorMod(units.getAndIncrement(), UNITS));
        }
        return addresses != null ? JailNetwork.Addresses.of(addresses) : new JailNetwork.Host();
    }

    private Optional<Bytes> userName(long uid) throws RefusedException {
        try {
            return host.userName(uid);
        } catch (PosixException e) {
            throw new RefusedException("cannot look up user " + uid + ": " + e.reason(), "getent passwd " + uid);
        }
    }

    private static JailLimits limits(Isolation isolation) {
        return new JailLimits(number(isolation, Lxc.CPU), number(isolation, Lxc.MEMORY));
    }

    /** 0 is no limit. */
    private static OptionalInt number(Isolation isolation, String name) {
        int number = Integer.parseInt(isolation.settings().getOrDefault(name, "0"));
        return number == 0 ? OptionalInt.empty() : OptionalInt.of(number);
    }

    @Override
    public Around around(Construction construction, String enter) throws RefusedException {
        String jail = JailNames.jail(construction.name());
        String place =
                JailNames.mountPoint(Bytes.utf8(place(construction.places().mount(), jail)));
        String root = place + "/" + ROOT;
        List<HostStep> steps = new ArrayList<>();
        steps.add(directory(place));
        steps.add(directory(root));
        steps.add(rootMount(construction, root));
        steps.add(mountPoints(construction, enter, root));
        steps.addAll(DevfsRules.steps(root + "/dev"));
        steps.add(mount("fdescfs", "fdescfs", "rw", root + "/dev/fd"));
        steps.add(mount(
                "tmpfs",
                "tmpfs",
                "nosuid,mode=1777,size=" + construction.bounds().tmpfsBytes(),
                root + "/tmp"));
        for (KnownBind known : construction.binds()) {
            steps.add(bind(known, root));
        }
        steps.addAll(limits(construction.isolation()).steps(jail));
        JailNetwork network = network(construction.isolation());
        steps.addAll(network.before(jail));
        // Made by mayfly-enter after these; the first to go.
        steps.add(HostStep.of("make the jail", List.of(), removing(enter, jail)));
        return new Around(steps, network.after(jail));
    }

    private static HostStep directory(String path) {
        return HostStep.of(
                "make the directory " + path, List.of("/bin/mkdir", "-m", "0700", path), List.of("/bin/rmdir", path));
    }

    private HostStep rootMount(Construction construction, String root) throws RefusedException {
        if (construction.root() instanceof Root.Chosen chosen) {
            return mount("nullfs", JailNames.path(chosen.directory()), "nosuid", root);
        }
        List<Step> plan = ((Root.Planned) construction.root()).plan().steps();
        Optional<Bytes> dataset = plan.size() == 1 ? plan.get(0).dataset() : Optional.empty();
        if (dataset.isEmpty()) {
            throw new RefusedException(
                    "cannot use backend jail with this template: its clones are none of ZFS",
                    "name a template with a dataset");
        }
        String name = JailNames.dataset(dataset.get());
        return HostStep.of(
                "mount " + name,
                List.of(MOUNT, "-t", "zfs", "-o", "nosuid,noatime", name, root),
                List.of(ZFS, "unmount", "-f", root));
    }

    /** Through no link, in a clone without processes: mount(8) would follow one, out to the host. */
    private static HostStep mountPoints(Construction construction, String enter, String root) throws RefusedException {
        List<String> words = new ArrayList<>();
        words.add(enter);
        boolean changesStay = construction.root() instanceof Root.Chosen;
        for (String directory : MOUNT_POINTS) {
            words.addAll(List.of(changesStay ? "need-target" : "target", root, directory, "directory"));
        }
        for (KnownBind known : construction.binds()) {
            if (known.kind() != Kind.DIRECTORY) {
                throw new RefusedException(
                        "cannot bind " + known.bind().source() + " with backend jail: nullfs mounts directories only",
                        "bind the directory that it is in");
            }
            String destination = JailNames.mountPoint(known.bind().destination());
            if (MOUNT_POINTS.stream().anyMatch(directory -> (destination + "/").startsWith(directory + "/"))) {
                throw new RefusedException(
                        "cannot bind on " + destination + " with backend jail: it is mounted over",
                        "bind it somewhere else than in " + String.join(" and ", MOUNT_POINTS));
            }
            words.addAll(List.of(changesStay ? "need-target" : "target", root, destination, "directory"));
        }
        words.addAll(List.of("--", TRUE));
        return HostStep.of("make mount points in " + root, words, List.of());
    }

    private static HostStep bind(KnownBind known, String root) throws RefusedException {
        String source = JailNames.path(known.bind().source());
        String target = JailNames.mountPoint(
                Bytes.utf8(root + known.bind().destination().text()));
        return mount("nullfs", source, known.bind().readOnly() ? "nosuid,ro" : "nosuid", target);
    }

    private static HostStep mount(String type, String what, String options, String directory) {
        return HostStep.of(
                "mount " + type + " on " + directory,
                List.of(MOUNT, "-t", type, "-o", options, what, directory),
                List.of(UMOUNT, "-f", directory));
    }

    @Override
    public List<Bytes> words(Construction construction) throws RefusedException {
        String jail = JailNames.jail(construction.name());
        List<Bytes> words = new ArrayList<>(JailParameters.words(jail, network(construction.isolation())));
        words.addAll(Step.jail(jail, Bytes.utf8(root(construction.places().mount(), jail)))
                .words());
        words.addAll(Step.login(userName(construction.caller().uid())).words());
        if (!construction.caller().isRoot()) {
            words.addAll(Step.user(construction.caller()).words());
        }
        words.add(Bytes.utf8("--"));
        words.addAll(construction.init(INIT, false)); // no path of the jail leads to it
        return words;
    }
}
