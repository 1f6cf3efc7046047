package mayfly.sandbox.backend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.Step;

/**
 * Sandboxes by LXC 5 or later.
 *
 * <p>By {@code lxc-start --foreground}: what it starts is process 1, it closes no descriptor, and it stays as the outermost
 * process with 0 to 2 open until its container ends. {@code lxc-execute} would put an init of its own before mayfly-init.
 *
 * <p>All its settings are arguments, so there is no file of them to be left, and none of the host's is read. What LXC
 * keeps while a container lives (locks, sockets) goes to the sandbox's own tmpfs, which is on /run/lxc in its mount
 * namespace; and it finds no control groups, for those are the service's: a killed LXC would leave them.
 */
public final class Lxc implements Backend {
    static final String NAME = "lxc";

    static final String BRIDGE = "LXC_NET_BR";
    static final String TUN = "LXC_MAP_TUN";
    static final String CPU = "LXC_CPU_QUOTA";
    static final String MEMORY = "LXC_MEM_MB_QUOTA";
    static final String LOG = "DEBUG_LXC_SPAWN";

    private static final String PROGRAM = "lxc-start";
    private static final String USUAL_BRIDGE = "br_vm";
    private static final int USUAL_CPU = 20;
    private static final int MOST_CPU = 100_000;
    private static final int LEAST_MEMORY = 4;
    private static final int MOST_MEMORY = 1 << 24;
    private static final String TUN_DEVICE = "/dev/net/tun";
    private static final String CONTROL_GROUPS = "/sys/fs/cgroup";
    private static final String CONFIGURATION = "/etc/lxc";
    private static final Bytes TOP = Bytes.utf8("/");
    private static final long ALL_IDS = 4_294_967_295L;

    private final Host host;

    Lxc(Host host) {
        this.host = host;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Finding> missing(boolean root) {
        if (host.program(PROGRAM).isEmpty()) {
            return Optional.of(new Finding("lxc-start is not installed", "apt-get install lxc"));
        }
        return root ? Optional.empty() : Optional.of(new Finding("it needs root's service", "as root: mayfly serve"));
    }

    @Override
    public void check(Shape shape, boolean system) throws RefusedException {
        if (!system) {
            throw Backend.needsRootsService(NAME);
        }
        if (shape.root().isPresent() && !shape.caller().isRoot()) {
            throw new RefusedException(
                    "cannot use --root with backend lxc: LXC would follow your path as root", "use --backend bwrap");
        }
        Grants grants = grants(shape.isolation());
        if (grants.bridge().isPresent() && !host.hasBridge(grants.bridge().get())) {
            String bridge = grants.bridge().get();
            throw new RefusedException(
                    "cannot use the bridge " + bridge + ": there is no such bridge",
                    "as root: ip link add " + bridge + " type bridge; or name another one with " + BRIDGE);
        }
        if (grants.tun() && !host.has(TUN_DEVICE)) {
            throw new RefusedException("cannot map " + TUN_DEVICE + ": there is none", "as root: modprobe tun");
        }
    }

    @Override
    public Map<String, String> settings(Variables variables) throws RefusedException {
        Map<String, String> settings = new TreeMap<>();
        Optional<Bytes> bridge = variables.value(BRIDGE);
        if (bridge.isPresent()) {
            settings.put(BRIDGE, interfaceName(bridge.get().text()));
        }
        putQuotas(settings, variables);
        for (String flag : List.of(TUN, LOG)) {
            if (variables.isOn(flag)) {
                settings.put(flag, "1");
            }
        }
        return settings;
    }

    static void putQuotas(Map<String, String> settings, Variables variables) throws RefusedException {
        number(settings, variables, CPU, 0, MOST_CPU, "percent of one processor, 0 for no limit");
        number(settings, variables, MEMORY, LEAST_MEMORY, MOST_MEMORY, "MiB");
    }

    /** A name as dev_valid_name() in the kernel's net/core/dev.c has it, less what no bridge is called. */
    private static String interfaceName(String name) throws RefusedException {
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")) {
            throw new RefusedException(
                    "cannot use the bridge " + name + ": that is no name of a network interface",
                    "give " + BRIDGE + " the name of a bridge");
        }
        return name;
    }

    private static void number(
            Map<String, String> settings, Variables variables, String name, int least, int most, String unit)
            throws RefusedException {
        Optional<Bytes> value = variables.value(name);
        if (value.isEmpty()) {
            return;
        }
        String text = value.get().text();
        boolean good = text.matches("[0-9]{1,9}") && Integer.parseInt(text) >= least && Integer.parseInt(text) <= most;
        if (!good) {
            throw new RefusedException(
                    "cannot use " + name + "=" + text + ": it must be a number from " + least + " to " + most,
                    "give it in " + unit);
        }
        settings.put(name, Integer.toString(Integer.parseInt(text)));
    }

    @Override
    public Grants grants(Isolation isolation) {
        Optional<String> bridge = isolation.shareNet()
                ? Optional.of(isolation.settings().getOrDefault(BRIDGE, USUAL_BRIDGE))
                : Optional.empty();
        return new Grants(bridge, isolation.settings().containsKey(TUN), false);
    }

    @Override
    public Quota quota(Isolation isolation) {
        int cpu = number(isolation, CPU).orElse(USUAL_CPU);
        OptionalInt memory = number(isolation, MEMORY);
        return new Quota(
                cpu == 0 ? OptionalInt.empty() : OptionalInt.of(cpu),
                memory.isEmpty() ? OptionalLong.empty() : OptionalLong.of((long) memory.getAsInt() << 20));
    }

    private static OptionalInt number(Isolation isolation, String name) {
        String value = isolation.settings().get(name);
        return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value));
    }

    @Override
    public boolean isLogWanted(Isolation isolation) {
        return isolation.settings().containsKey(LOG);
    }

    @Override
    public List<Bytes> words(Construction construction) throws RefusedException {
        Path program = host.program(PROGRAM)
                .orElseThrow(() -> new RefusedException(
                        "cannot start a sandbox: lxc-start is not installed", "install lxc (apt-get install lxc)"));
        List<Bytes> words = Step.beforeProgram(steps(construction));
        // Where LXC finds newuidmap it has that keep root to /etc/subuid.
        add(words, "/usr/bin/env", "PATH=/");
        words.add(NativePath.bytes(program));
        words.addAll(arguments(construction));
        return words;
    }

    private List<Step> steps(Construction construction) throws RefusedException {
        List<Step> steps = new ArrayList<>(BuiltRoot.steps(construction, Bubblewrap.PROVIDED));
        // LXC's bind of it keeps these flags, and its own /dev comes on top.
        steps.add(Step.harden(construction.places().root()));
        if (construction.caller().isRoot()) {
            steps.addAll(Bubblewrap.keptDevices(host));
        }
        steps.add(Step.lockAside());
        steps.add(Step.directory(TOP, mountPoint(construction.places())));
        steps.add(Step.directory(TOP, state(construction.places())));
        steps.add(Step.bind(state(construction.places()), Bytes.utf8("/run/lxc")));
        for (String hidden : List.of(CONFIGURATION, CONTROL_GROUPS)) {
            if (host.hasDirectory(hidden)) {
                steps.add(Step.cover(Bytes.utf8(hidden)));
            }
        }
        // Without what is mounted in them: systemd's binfmt_misc, say, would keep them from being bound in a user
        // namespace.
        for (String settings : settings()) {
            steps.add(Step.bindReadonly(Bytes.utf8(settings), alone(settings, construction.places())));
        }
        return steps;
    }

    private List<String> settings() {
        return Bubblewrap.SETTINGS.stream().filter(host::has).toList();
    }

    /** Where one of the machine's settings is to be found without what is mounted in it. */
    private static Bytes alone(String settings, Places places) {
        return NativePath.join(places.mount(), settings.substring(settings.lastIndexOf('/') + 1));
    }

    /** Where LXC puts the container's root together. */
    private static Bytes mountPoint(Places places) {
        return NativePath.join(places.mount(), "m");
    }

    /** What LXC keeps about its container while it lives. */
    private static Bytes state(Places places) {
        return NativePath.join(places.mount(), "c");
    }

    private List<Bytes> arguments(Construction construction) {
        Places places = construction.places();
        List<Bytes> arguments = new ArrayList<>();
        add(arguments, "--foreground", "--name", construction.name(), "--rcfile", "/dev/null", "--lxcpath");
        arguments.add(state(places));
        if (isLogWanted(construction.isolation())) {
            add(arguments, "--logfile", "/proc/self/fd/2", "--logpriority", "DEBUG");
        }
        define(arguments, "lxc.rootfs.path", Bytes.utf8("dir:").plus(places.root()));
        define(arguments, "lxc.rootfs.mount", mountPoint(places));
        identity(arguments, construction);
        network(arguments, construction);
        // No other log-in than the command's: mayfly-init makes its terminal.
        define(arguments, "lxc.console.path", "none");
        define(arguments, "lxc.tty.max", "0");
        define(arguments, "lxc.pty.max", "0");
        define(arguments, "lxc.apparmor.profile", "unconfined");
        define(arguments, "lxc.no_new_privs", "1");
        mounts(arguments, construction);
        add(arguments, "--");
        arguments.addAll(
                hasUserNamespace(construction) ? construction.initInUserNamespace(true) : construction.init(true));
        return arguments;
    }

    private static boolean hasUserNamespace(Construction construction) {
        return construction.isRootInside();
    }

    private static void identity(List<Bytes> arguments, Construction construction) {
        Caller caller = construction.caller();
        Identity identity = construction.isolation().identity();
        if (identity instanceof Identity.RootOfRange range) {
            ids(arguments, "u", 0, range.uid(), range.count());
            ids(arguments, "g", 0, range.gid(), range.count());
        } else if (identity instanceof Identity.RootAlone) {
            ids(arguments, "u", 0, caller.uid(), 1);
            ids(arguments, "g", 0, caller.gid(), 1);
        } else if (caller.isRoot()) {
            ids(arguments, "u", 0, 0, ALL_IDS);
            ids(arguments, "g", 0, 0, ALL_IDS);
        }
        // Others need no user namespace to be without capabilities; in one, LXC would give them no groups.
        boolean own = identity instanceof Identity.Own;
        define(arguments, "lxc.init.uid", own ? Long.toString(caller.uid()) : "0");
        define(arguments, "lxc.init.gid", own ? Long.toString(caller.gid()) : "0");
        if (own && !caller.isRoot() && !caller.groups().isEmpty()) {
            define(arguments, "lxc.init.groups", caller.groupList());
        }
        define(arguments, "lxc.cap.keep", construction.isRootInside() ? keptByRoot(construction.isolation()) : "none");
    }

    /** Root of a network namespace of its own may give its interfaces addresses: nobody else could. */
    private static String keptByRoot(Isolation isolation) {
        boolean hasDevices = isolation.shareNet() || isolation.settings().containsKey(TUN);
        return Stream.concat(Bubblewrap.ROOT_CAPABILITIES.stream(), hasDevices ? Stream.of("NET_ADMIN") : Stream.of())
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" "));
    }

    private static void ids(List<Bytes> arguments, String kind, long inside, long outside, long count) {
        define(arguments, "lxc.idmap", kind + " " + inside + " " + outside + " " + count);
    }

    private void network(List<Bytes> arguments, Construction construction) {
        Optional<String> bridge = grants(construction.isolation()).bridge();
        define(arguments, "lxc.net.0.type", bridge.isPresent() ? "veth" : "empty");
        define(arguments, "lxc.net.0.flags", "up");
        if (bridge.isPresent()) {
            define(arguments, "lxc.net.0.link", bridge.get());
            // A name that the service knows again: a killed LXC may leave it.
            define(arguments, "lxc.net.0.veth.pair", construction.name());
        }
    }

    private void mounts(List<Bytes> arguments, Construction construction) {
        Caller caller = construction.caller();
        boolean own = construction.isolation().identity() instanceof Identity.Own;
        String owner = own ? ",uid=" + caller.uid() + ",gid=" + caller.gid() : "";
        define(arguments, "lxc.autodev", "1");
        define(arguments, "lxc.mount.auto", "proc:rw sys:ro");
        for (String settings : settings()) {
            String source = alone(settings, construction.places()).text();
            mount(arguments, source, settings.substring(1), "none", "bind,ro");
        }
        conceal(arguments, Concealment.from(caller, host));
        long bytes = construction.bounds().tmpfsBytes();
        String size = ",size=" + bytes + ",nr_inodes=" + bytes / Bounds.FILE_BYTES;
        terminals(arguments);
        mount(arguments, "tmpfs", "dev/shm", "tmpfs", "mode=1777,nosuid,nodev,create=dir" + size);
        if (grants(construction.isolation()).tun()) {
            mount(arguments, TUN_DEVICE, TUN_DEVICE.substring(1), "none", "bind,create=file");
        }
        mount(arguments, "tmpfs", "run", "tmpfs", "mode=0755,nosuid,nodev" + owner + size);
        mount(arguments, "tmpfs", "run/lock", "tmpfs", "mode=0755,nosuid,nodev,create=dir" + owner + size);
        if (construction.isolation().shareNet()) {
            host.resolverInRun()
                    .map(Bytes::text)
                    .filter(Lxc::isPlain)
                    .ifPresent(file -> mount(arguments, file, file.substring(1), "none", "bind,ro,create=file"));
        }
    }

    /**
     * LXC's own devpts would have group 5, which Linux 6.1 refuses where that is not mapped. It unmounts what is on /dev/pts once, also
     * when it puts nothing there: so there are two.
     */
    private static void terminals(List<Bytes> arguments) {
        String options = "newinstance,ptmxmode=0666,mode=0620,max=1024,nosuid,noexec,create=dir";
        mount(arguments, "devpts", "dev/pts", "devpts", options);
        mount(arguments, "dev/pts", "dev/pts", "none", "bind,relative");
        mount(arguments, "dev/pts/ptmx", "dev/ptmx", "none", "bind,relative,create=file");
    }

    /** Whether it is one word of a line in fstab(5). */
    private static boolean isPlain(String path) {
        return path.matches("[A-Za-z0-9/._-]+");
    }

    private static void conceal(List<Bytes> arguments, Concealment concealment) {
        for (String directory : concealment.directories()) {
            mount(arguments, "tmpfs", directory.substring(1), "tmpfs", "ro,nosuid,nodev,size=4k");
        }
        for (String file : concealment.files()) {
            mount(arguments, Concealment.NOTHING, file.substring(1), "none", "bind");
        }
    }

    /** @param target without the slash that it begins with */
    private static void mount(List<Bytes> arguments, String source, String target, String type, String options) {
        define(arguments, "lxc.mount.entry", source + " " + target + " " + type + " " + options + " 0 0");
    }

    private static void define(List<Bytes> arguments, String key, String value) {
        define(arguments, key, Bytes.utf8(value));
    }

    private static void define(List<Bytes> arguments, String key, Bytes value) {
        add(arguments, "--define");
        arguments.add(Bytes.utf8(key + "=").plus(value));
    }

    private static void add(List<Bytes> arguments, String... words) {
        for (String word : words) {
            arguments.add(Bytes.utf8(word));
        }
    }
}
