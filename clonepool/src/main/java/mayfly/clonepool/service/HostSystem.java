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

/** The machine's own system as the template {@code host} shows it. Keeps its plan until something changed. */
final class HostSystem {
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
    HostSystem(Path runtimeDir, Optional<Path> kept, Optional<Path> home) throws IOException {
        this.runtime = NativePath.bytes(runtimeDir.toRealPath());
        this.kept = kept.map(NativePath::bytes);
        this.home = home.map(NativePath::bytes);
        this.usualPlaces = Places.inMemory(NativePath.join(runtime, "mnt"));
        this.root = read();
        this.directories = new DirectoryWatch();
        this.usual = plan(root);
    }

    /** The steps that build it. From any thread. */
    RootPlan plan(Places places) throws IOException {
        Planned planned = usual;
        return planned.places().equals(places) ? planned.plan() : root.plan(places);
    }

    /**
     * The directory on the way to the caller's working directory that has to have an overlay of its own. What was found
     * is believed for a moment. For the door's thread.
     */
    Optional<Bytes> ownDirectory(Bytes workingDirectory, Caller caller) {
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

    /** Tells when {@link #renew} may find something. */
    DirectoryWatch directories() {
        return directories;
    }

    /** Looks again; whether the plan is another one now. For the door's thread. */
    boolean renew() throws IOException {
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
