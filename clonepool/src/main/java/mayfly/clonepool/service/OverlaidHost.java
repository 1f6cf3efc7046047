package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.DirectoryWatch;
import mayfly.sandbox.root.HostRoot;
import mayfly.sandbox.root.MountTable;
import mayfly.sandbox.root.OwnDirectory;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** The machine's own system under overlays. Keeps its plan until something changed. */
final class OverlaidHost implements HostSystem {
    private static final Duration BELIEVED = Duration.ofSeconds(2);
    private static final Bytes TOP = Bytes.utf8("/");
    private static final int MOST_WATCHED = 256;

    /** A plan, and for which places it was made. */
    private record Planned(Places places, RootPlan plan) {}

    private final Bytes runtime;
    private final Optional<Bytes> kept;
    private final Optional<Bytes> home;
    private final Places usualPlaces;
    private final DirectoryWatch directories;
    private volatile HostRoot root;
    private volatile Planned usual;
    private final Map<Bytes, Optional<Bytes>> own = new HashMap<>();
    private long ownSince = System.nanoTime();

    /**
     * @param kept a directory with upper directories in it
     * @param home the home directory of the service's user; empty for root
     */
    OverlaidHost(Path runtimeDir, Optional<Path> kept, Optional<Path> home) throws IOException {
        this.runtime = NativePath.bytes(runtimeDir.toRealPath());
        this.kept = kept.map(NativePath::bytes);
        this.home = home.map(NativePath::bytes);
        this.usualPlaces = Places.inMemory(NativePath.join(runtime, "mnt"));
        this.root = read();
        this.directories = new DirectoryWatch();
        this.usual = plan(root);
    }

    @Override
    public RootPlan plan(Places places) throws IOException {
        Planned planned = usual;
        return planned.places().equals(places) ? planned.plan() : root.plan(places);
    }

    /** What was found is believed for a moment. */
    @Override
    public Optional<Bytes> ownDirectory(Bytes workingDirectory, Caller caller) {
        if (home.isEmpty()) {
            return Optional.empty(); // root's overlays can copy everything
        }
        long now = System.nanoTime();
        if (now - ownSince > BELIEVED.toNanos()) {
            own.clear();
            ownSince = now;
        }
        return own.computeIfAbsent(workingDirectory, directory -> OwnDirectory.on(directory, usual.plan(), caller));
    }

    @Override
    public Optional<DirectoryWatch> directories() {
        return Optional.of(directories);
    }

    @Override
    public boolean renew() throws IOException {
        Planned before = usual;
        root = read();
        usual = plan(root);
        return !usual.equals(before);
    }

    /** The plan; whatever changes after it was made, the watch tells. */
    private Planned plan(HostRoot now) throws IOException {
        RootPlan plan = now.plan(usualPlaces);
        if (directories.watch(listed(plan))) {
            plan = now.plan(usualPlaces);
            directories.watch(listed(plan));
        }
        return new Planned(usualPlaces, plan);
    }

    private static Set<Bytes> listed(RootPlan plan) {
        Set<Bytes> listed = new HashSet<>();
        listed.add(TOP); // what is mounted on its new entries is planned
        plan.listed().stream().limit(MOST_WATCHED).forEach(listed::add);
        return listed;
    }

    private HostRoot read() throws IOException {
        MountTable mounts = MountTable.read();
        return home.isPresent()
                ? HostRoot.forUser(mounts, runtime, kept, home.get())
                : HostRoot.forRoot(mounts, runtime, kept);
    }
}
