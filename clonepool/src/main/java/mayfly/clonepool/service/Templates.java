package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.DirectoryStore;
import mayfly.clonepool.store.OverlayStore;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.root.DirectoryRoot;

/** Puts the configured templates together with their stores, and with what earlier services left of them. */
final class Templates {
    private final Configuration configuration;
    private final HostSystem host;
    private final ClonesDirectory memoryClones;
    private final Optional<ClonesDirectory> diskClones;
    private final Workers workers;
    private final Reaper reaper;
    private final Log log;

    Templates(
            Configuration configuration,
            HostSystem host,
            ClonesDirectory memoryClones,
            Optional<ClonesDirectory> diskClones,
            Workers workers,
            Reaper reaper,
            Log log) {
        this.configuration = configuration;
        this.host = host;
        this.memoryClones = memoryClones;
        this.diskClones = diskClones;
        this.workers = workers;
        this.reaper = reaper;
        this.log = log;
    }

    /** Whether a template's clones take room on a disk. */
    static boolean usesDisk(TemplateConfiguration template) {
        return template.store() == Store.DIRECTORY || template.upper() == Upper.DISK;
    }

    /** The disk's clones, if a template needs them or earlier services left some. */
    static Optional<ClonesDirectory> diskClones(Configuration configuration, Path dataDir) throws IOException {
        boolean needed = configuration.templates().values().stream().anyMatch(Templates::usesDisk);
        return needed || Files.isDirectory(dataDir) ? Optional.of(new ClonesDirectory(dataDir)) : Optional.empty();
    }

    /** All templates by their names, their pools filling. */
    SortedMap<String, Template> open() throws IOException {
        Map<String, List<Clone>> left = new HashMap<>();
        recover(memoryClones, left);
        if (diskClones.isPresent()) {
            recover(diskClones.get(), left);
        }
        SortedMap<String, Template> templates = new TreeMap<>();
        for (TemplateConfiguration template : configuration.templatesByName()) {
            CloneStore store = store(template);
            List<Clone> kept = keep(store, left.getOrDefault(template.name(), List.of()), template.ready());
            Pool pool = new Pool(store, template.ready(), kept, work -> workers.submit(Urgency.STOCK, work));
            templates.put(template.name(), new Template(template, pool, uids(template)));
            pool.fill();
        }
        return templates;
    }

    /** Sorts the ready clones by template; those that no store could keep are destroyed. */
    private void recover(ClonesDirectory clones, Map<String, List<Clone>> left) throws IOException {
        for (Clone ready : reaper.recover(clones)) {
            Optional<TemplateConfiguration> template = configuration.template(ready.template());
            boolean onDisk = diskClones.isPresent() && clones.equals(diskClones.get());
            if (onDisk && template.isPresent() && template.get().store() == Store.DIRECTORY) {
                left.computeIfAbsent(ready.template(), name -> new ArrayList<>())
                        .add(ready);
            } else {
                reaper.destroy(clones, ready);
            }
        }
    }

    private List<Clone> keep(CloneStore store, List<Clone> ready, int most) {
        List<Clone> kept = new ArrayList<>();
        for (Clone clone : ready) {
            if (kept.size() < most && store.keeps(clone)) {
                kept.add(clone);
            } else {
                reaper.destroy(store.clones(), clone);
            }
        }
        return kept;
    }

    private CloneStore store(TemplateConfiguration template) {
        ClonesDirectory clones = usesDisk(template) ? diskClones.orElseThrow() : memoryClones;
        if (template.isHost()) {
            return new OverlayStore(template.name(), clones, template.upper() == Upper.DISK, host::plan);
        }
        Bytes path = Bytes.utf8(template.path().orElseThrow());
        Path directory = NativePath.of(path);
        return switch (template.store()) {
            case DIRECTORY -> new DirectoryStore(template.name(), directory, template.definition(), clones);
            case OVERLAY ->
                new OverlayStore(
                        template.name(),
                        clones,
                        template.upper() == Upper.DISK,
                        places -> DirectoryRoot.overlay(NativePath.bytes(directory.toRealPath()), places));
        };
    }

    private Set<Long> uids(TemplateConfiguration template) throws IOException {
        Set<Long> uids = new HashSet<>();
        for (String name : template.users()) {
            Optional<Accounts.User> user = Accounts.user(Bytes.utf8(name));
            user.ifPresent(known -> uids.add(known.uid()));
            if (user.isEmpty()) {
                log.line("template " + template.name() + " names the user " + name + ", whom nobody knows");
            }
        }
        return uids;
    }
}
