package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** Opens the stores of templates; where their clones are is known here. For one thread. */
public final class Stores {
    private static final String CLONES = "clones";
    private static final String SNAPSHOTS = "snapshots";

    /** Plans the machine's own system. */
    public interface HostPlanner {
        RootPlan plan(Places places) throws IOException;
    }

    /**
     * What stores work with.
     *
     * @param system whether the service is root
     * @param runtimeDir what is in it ends with the machine
     * @param dataDir for what takes room on a disk
     */
    public record Surroundings(
            boolean system, Path runtimeDir, Path dataDir, HostPlanner host, Transition.Listener listener) {}

    private final Surroundings surroundings;
    private final ClonesDirectory memory;
    private final Map<Path, ClonesDirectory> directories = new LinkedHashMap<>();

    /** Finds what an earlier service left in the usual places. */
    public Stores(Surroundings surroundings) throws IOException {
        this.surroundings = surroundings;
        this.memory = directory(surroundings.runtimeDir());
        if (Files.isDirectory(surroundings.dataDir().resolve(CLONES))) {
            directory(surroundings.dataDir());
        }
    }

    /** For clones that take no room on a disk. */
    public ClonesDirectory memory() {
        return memory;
    }

    /** All directories of clones that are known by now. */
    public Collection<ClonesDirectory> directories() {
        return List.copyOf(directories.values());
    }

    /** The clones on the disk of the usual directory, which an overlay over everything must not cover. */
    public static Path clonesOnDisk(Path dataDir) {
        return dataDir.resolve(CLONES);
    }

    /** @throws RefusedException when the template cannot have this store here */
    public CloneStore open(TemplateConfiguration template) throws RefusedException, IOException {
        if (template.isHost()) {
            boolean onDisk = template.upper() == Upper.DISK;
            return new OverlayStore(
                    template.name(),
                    new HostTemplate(),
                    onDisk ? directory(hostsDisk()) : memory,
                    onDisk,
                    "host",
                    (snapshot, places) -> surroundings.host().plan(places));
        }
        return switch (kind(template)) {
            case ZFS -> zfs(template);
            case BTRFS -> subvolumes(template);
            case DIRECTORY -> copies(template);
            case OVERLAY, AUTO -> overlay(template);
        };
    }

    /** Root's overlay over everything covers every filesystem but the one in {@link DiskImage}. */
    private Path hostsDisk() {
        return surroundings.system() ? DiskImage.directory(surroundings.runtimeDir()) : surroundings.dataDir();
    }

    private static Store kind(TemplateConfiguration template) {
        return template.store() == Store.AUTO ? StoreChoice.of(path(template)).store() : template.store();
    }

    private static Path path(TemplateConfiguration template) {
        return Path.of(template.place().path().orElseThrow());
    }

    private CloneStore zfs(TemplateConfiguration template) throws RefusedException {
        if (!surroundings.system()) {
            throw new RefusedException(
                    "cannot use template " + template.name() + ": a ZFS store needs a service of root's",
                    "root runs mayfly serve for everybody in the group mayfly");
        }
        return new ZfsStore(
                template.name(),
                template.place().dataset().orElseThrow(),
                surroundings.runtimeDir().resolve("locks").toAbsolutePath(),
                template.stock().quota(),
                surroundings.listener());
    }

    private CloneStore subvolumes(TemplateConfiguration template) throws RefusedException, IOException {
        Path path = path(template);
        Path base = template.place().clones().map(Path::of).orElseGet(() -> path.resolveSibling(".mayfly"));
        Trees trees = new Subvolumes();
        DirectoryTemplate directory =
                new DirectoryTemplate(template.name(), path, snapshots(base, template), trees, true);
        return new DirectoryStore(template.name(), directory, trees, definition("btrfs", path), directory(base));
    }

    private CloneStore copies(TemplateConfiguration template) throws IOException {
        Path base = template.place().clones().map(Path::of).orElse(surroundings.dataDir());
        Trees trees = new PlainTrees();
        DirectoryTemplate directory =
                new DirectoryTemplate(template.name(), path(template), snapshots(base, template), trees, false);
        return new DirectoryStore(
                template.name(), directory, trees, definition("directory", path(template)), directory(base));
    }

    private CloneStore overlay(TemplateConfiguration template) throws IOException {
        Path base = template.place().clones().map(Path::of).orElse(surroundings.dataDir());
        boolean onDisk = template.upper() == Upper.DISK;
        DirectoryTemplate directory = new DirectoryTemplate(
                template.name(), path(template), snapshots(base, template), new PlainTrees(), false);
        return new OverlayStore(
                template.name(),
                directory,
                onDisk ? directory(base) : memory,
                onDisk,
                definition("overlay", path(template)),
                (snapshot, places) -> DirectoryRoot.overlay(
                        NativePath.bytes(directory.source(snapshot).toRealPath()), places));
    }

    /** Equal as long as clones made earlier can be used. */
    private static String definition(String store, Path path) {
        return store + " " + path;
    }

    private static Path snapshots(Path base, TemplateConfiguration template) {
        return base.resolve(SNAPSHOTS).resolve(template.name());
    }

    private ClonesDirectory directory(Path base) throws IOException {
        Path path = base.resolve(CLONES).toAbsolutePath().normalize();
        ClonesDirectory known = directories.get(path);
        if (known == null) {
            known = new ClonesDirectory(path, surroundings.listener());
            directories.put(path, known);
        }
        return known;
    }

    /** How many clones the store of a template keeps ready when nothing is configured. */
    public static int usuallyReady(CloneStore store) {
        return store instanceof OverlayStore ? 0 : 2;
    }

    /** To how many demand raises that when nothing is configured. */
    public static int usuallyReadyMax(CloneStore store) {
        return store instanceof OverlayStore ? 0 : 16;
    }

    /** What a store is called in the configuration. */
    public static String word(CloneStore store) {
        if (store instanceof ZfsStore) {
            return Store.ZFS.word();
        }
        if (store instanceof DirectoryStore copies) {
            return copies.trees() instanceof Subvolumes ? Store.BTRFS.word() : Store.DIRECTORY.word();
        }
        return Store.OVERLAY.word();
    }
}
