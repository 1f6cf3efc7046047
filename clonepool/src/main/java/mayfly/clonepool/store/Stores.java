package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** Opens the stores of templates; where their clones are is known here. For one thread. */
public final class Stores {
    private static final String CLONES = "clones";

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
     * @param zfs the path of mayfly-zfs
     * @param enter the path of mayfly-enter
     */
    public record Surroundings(
            boolean system,
            Path runtimeDir,
            Path dataDir,
            Bytes zfs,
            Bytes enter,
            HostPlanner host,
            Transition.Listener listener) {}

    private final Surroundings surroundings;
    private final DirectoryLocks locks;
    private final ClonesDirectory memory;
    private final ZfsCore zfs;
    private final Map<Path, ClonesDirectory> directories = new LinkedHashMap<>();

    /**
     * Finds what an earlier service left in the usual places.
     *
     * @param locks are closed when nothing of this is in use any more
     * @throws RefusedException when another service uses one of them
     */
    public Stores(Surroundings surroundings, DirectoryLocks locks) throws RefusedException, IOException {
        this.surroundings = surroundings;
        this.locks = locks;
        this.zfs = new ZfsCore(surroundings.zfs(), Zfs.LIMIT);
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
        TemplatePlan plan = plan(template);
        return switch (plan.choice().store()) {
            case ZFS -> zfs(template, plan.choice().dataset().orElseThrow());
            case BTRFS, DIRECTORY -> copies(template, plan);
            case OVERLAY, AUTO -> overlay(template, plan);
        };
    }

    private TemplatePlan plan(TemplateConfiguration template) throws RefusedException {
        boolean system = surroundings.system();
        try {
            return TemplatePlan.of(
                    template,
                    system,
                    surroundings.runtimeDir(),
                    surroundings.dataDir(),
                    system && !Kernel.IS_FREEBSD ? Optional.of(surroundings.enter()) : Optional.empty());
        } catch (IOException e) {
            throw new RefusedException(
                    "cannot use template " + template.name() + ": " + Failure.reason(e), Failure.remedy(e));
        }
    }

    private CloneStore zfs(TemplateConfiguration template, String dataset) throws RefusedException {
        if (!surroundings.system()) {
            throw new RefusedException(
                    "cannot use template " + template.name() + ": a ZFS store needs a service of root's",
                    "root runs mayfly serve for everybody in the group mayfly");
        }
        return new ZfsStore(
                template.name(),
                dataset,
                surroundings.runtimeDir().resolve("locks").toAbsolutePath(),
                template.stock().quota(),
                zfs,
                surroundings.listener());
    }

    private CloneStore copies(TemplateConfiguration template, TemplatePlan plan) throws RefusedException {
        return new DirectoryStore(
                template.name(), directoryTemplate(plan), definition(template, plan), directory(template, plan));
    }

    private CloneStore overlay(TemplateConfiguration template, TemplatePlan plan) throws RefusedException {
        OverlayStore.Lower lower = (snapshot, places) -> template.isHost()
                ? surroundings.host().plan(places)
                : DirectoryRoot.overlay(
                        NativePath.bytes(
                                directoryTemplate(plan).source(snapshot).toRealPath()),
                        places);
        return new OverlayStore(
                template.name(),
                plan.template(),
                plan.memory() ? memory : directory(template, plan),
                !plan.memory(),
                definition(template, plan),
                lower);
    }

    private static DirectoryTemplate directoryTemplate(TemplatePlan plan) {
        return (DirectoryTemplate) plan.template();
    }

    /** Equal as long as clones made earlier can be used. */
    private static String definition(TemplateConfiguration template, TemplatePlan plan) {
        return template.isHost() ? "host" : plan.choice().store().word() + " " + template.where();
    }

    private ClonesDirectory directory(TemplateConfiguration template, TemplatePlan plan) throws RefusedException {
        Path base = plan.base().orElseThrow();
        try {
            TrustedWay.check(base.resolve(CLONES));
            ClonesDirectory directory = directory(base);
            TrustedWay.check(directory.directory());
            TrustedWay.makePrivate(directory.directory());
            Path snapshots = base.resolve(TemplatePlan.SNAPSHOTS);
            if (Files.exists(snapshots, LinkOption.NOFOLLOW_LINKS)) {
                TrustedWay.check(snapshots);
                TrustedWay.makePrivate(snapshots);
            }
            return directory;
        } catch (IOException e) {
            throw new RefusedException(
                    "cannot keep clones of template " + template.name() + " in " + base + ": " + Failure.reason(e),
                    template.isHost() || e instanceof StoreException
                            ? StoreException.remedy(e)
                            : "let clones = \"…\" name another directory, on the template's filesystem");
        }
    }

    private ClonesDirectory directory(Path base) throws RefusedException, IOException {
        if (!Files.isDirectory(base)) {
            Files.createDirectories(base);
        }
        Path real = base.toRealPath();
        Path path = real.resolve(CLONES);
        ClonesDirectory known = directories.get(path);
        if (known == null) {
            known = new ClonesDirectory(path, surroundings.listener());
            if (!real.equals(surroundings.runtimeDir().toRealPath())) { // which has a lock of its own
                locks.take(path);
            }
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

    /** The dataset of a store's template, configured or found out; empty: the store is not ZFS. */
    public static Optional<String> dataset(CloneStore store) {
        return store instanceof ZfsStore zfs ? Optional.of(zfs.dataset()) : Optional.empty();
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
