package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.sandbox.Bytes;

/**
 * Which store a template has on this machine, and where its clones and snapshots are. Looks only, and makes nothing.
 *
 * @param base the directory with clones and snapshots; empty: it has none
 * @param memory whether clones take no room on a disk
 * @param template the template itself and its snapshots
 */
public record TemplatePlan(StoreChoice choice, Optional<Path> base, boolean memory, TemplateStore template) {
    static final String SNAPSHOTS = "snapshots";

    /**
     * The plan of a service.
     *
     * @param system whether it is root's
     * @param runtimeDir what is in it ends with the machine
     * @param dataDir for what takes room on a disk
     * @param enter path of mayfly-enter, with which root's service copies what others change meanwhile
     */
    public static TemplatePlan of(
            TemplateConfiguration template, boolean system, Path runtimeDir, Path dataDir, Optional<Bytes> enter)
            throws IOException {
        StoreChoice choice = StoreChoice.of(template, system);
        boolean memory = choice.store() == Store.OVERLAY && template.upper() == Upper.MEMORY;
        if (template.isHost()) {
            // Root's overlay over everything covers every filesystem but the one in the image.
            Path base = system ? DiskImage.directory(runtimeDir) : dataDir;
            return new TemplatePlan(choice, Optional.of(base), memory, new HostTemplate());
        }
        if (choice.store() == Store.ZFS) {
            TemplateStore dataset =
                    new ZfsTemplate(template.name(), choice.dataset().orElseThrow());
            return new TemplatePlan(choice, Optional.empty(), memory, dataset);
        }
        Path path = Path.of(template.place().path().orElseThrow());
        boolean btrfs = choice.store() == Store.BTRFS;
        Path base = template.place().clones().map(Path::of).orElse(btrfs ? beside(path) : dataDir);
        DirectoryTemplate directory = new DirectoryTemplate(
                template.name(),
                path,
                base.resolve(SNAPSHOTS).resolve(template.name()),
                btrfs ? new Subvolumes() : enter.map(PlainTrees::new).orElseGet(PlainTrees::new),
                btrfs,
                system);
        return new TemplatePlan(choice, Optional.of(base), memory, directory);
    }

    /** Where the clones of a subvolume are usually, so that they are in its filesystem. */
    static Path beside(Path path) {
        return path.resolveSibling(".mayfly");
    }
}
