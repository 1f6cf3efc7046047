package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A filesystem of its own in a file, with templates on it, for the service of one workshop, which is root's. */
public final class Ground implements AutoCloseable {
    /** As many are parked as the speed of the machine decides, up to this; and where a clone takes a second, no test waits for many. */
    private static final String LIMITS = "[limits]\nparked-per-shape = 2\n";

    private static final String MEGABYTES = "1200";

    /** A root of one static program. */
    private static final String FILL = """
            mkdir -p $1/bin $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run
            cp "$(command -v busybox)" $1/bin/busybox
            for name in sh cat ls rm mkdir touch dd id sleep sync true echo mount head stat wc; do
                ln -s busybox $1/bin/$name
            done
            echo template >$1/etc/name
            """;

    private final StoreKind kind;
    private final Workshop workshop;
    private final Path image;
    private final Path place;
    private final String pool;
    private final List<String> configuration = new ArrayList<>();

    public Ground(StoreKind kind, Workshop workshop) {
        this.kind = kind;
        this.workshop = workshop;
        image = workshop.directory().resolve("image");
        place = workshop.directory().resolve("ground");
        pool = "mayfly-" + ProcessHandle.current().pid();
        try {
            Files.createDirectory(place);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Tool.output("truncate", "--size=" + MEGABYTES + "m", image.toString());
        try {
            makeFilesystem();
        } catch (AssertionError e) {
            workshop.close();
            throw e;
        }
    }

    private void makeFilesystem() {
        switch (kind) {
            case OVERLAY, OVERLAY_ON_DISK -> mount("mkfs.ext4", "-q");
            case DIRECTORY -> mount("mkfs.xfs", "-q", "-m", "reflink=1");
            case BTRFS -> mount("mkfs.btrfs", "-q");
            case ZFS -> Tool.output("zpool", "create", "-m", place.toString(), pool, image.toString());
        }
        Directories.open(place);
    }

    private void mount(String... make) {
        List<String> words = new ArrayList<>(List.of(make));
        words.add(image.toString());
        Tool.output(words.toArray(new String[0]));
        Tool.output("mount", "-o", "loop", image.toString(), place.toString());
    }

    public StoreKind kind() {
        return kind;
    }

    public Workshop workshop() {
        return workshop;
    }

    /** Where the filesystem is mounted. */
    public Path place() {
        return place;
    }

    /** The template's dataset. */
    public String dataset(String template) {
        return pool + "/" + template;
    }

    /** Adds a template to the service's configuration; before the service's first use. */
    public Ground template(String name, String... more) {
        configuration.add("[template." + name + "]");
        configuration.add("min-free = \"1m\"");
        configuration.addAll(
                switch (kind) {
                    case OVERLAY -> List.of("store = \"overlay\"", path(name));
                    case OVERLAY_ON_DISK ->
                        List.of(
                                "store = \"overlay\"",
                                path(name),
                                "upper = \"disk\"",
                                "clones = \"" + place + "/pool\"");
                    case DIRECTORY -> List.of("store = \"directory\"", path(name), "clones = \"" + place + "/pool\"");
                    case BTRFS -> List.of(path(name)); // the best one for a subvolume
                    case ZFS -> List.of("dataset = \"" + dataset(name) + "\"");
                });
        configuration.addAll(List.of(more));
        workshop.configured(LIMITS + String.join("\n", configuration) + "\n");
        makeTemplate(name);
        return this;
    }

    /** About so many of something, but not more than can be had in this store while a test waits. */
    public int atMost(int count) {
        return kind == StoreKind.ZFS ? Math.max(1, count / 4) : count;
    }

    private String path(String template) {
        return "path = \"" + directory(template) + "\"";
    }

    /** The template itself. */
    public Path directory(String template) {
        return place.resolve(template);
    }

    private void makeTemplate(String name) {
        String directory = directory(name).toString();
        switch (kind) {
            case OVERLAY, OVERLAY_ON_DISK, DIRECTORY -> Tool.output("mkdir", directory);
            case BTRFS -> Tool.output("btrfs", "subvolume", "create", directory);
            case ZFS -> Tool.output("zfs", "create", dataset(name));
        }
        Tool.output("sh", "-e", "-c", FILL, "sh", directory);
    }

    /** Takes a snapshot of a template by the service. */
    public void snapshot(String template, String name) {
        workshop.service();
        workshop.ofServiceAccount("template", "snapshot", template, name).run().exits(0);
    }

    /** What is in the store's place for clones, whatever its state, by the names there. */
    public List<String> clones() {
        return switch (kind) {
            case OVERLAY -> Directories.names(workshop.runtime().resolve("clones"));
            case OVERLAY_ON_DISK, DIRECTORY -> Directories.names(place.resolve("pool/clones"));
            case BTRFS -> Directories.names(place.resolve(".mayfly/clones"));
            case ZFS ->
                Tool.output("zfs", "list", "-H", "-d", "1", "-o", "name", pool)
                        .lines()
                        .map(name -> name.substring(name.lastIndexOf('/') + 1))
                        .filter(name -> name.matches(".*_[0-9]+"))
                        .toList();
        };
    }

    /** Takes all the room that is left in the store. */
    public void fill() {
        String file = place.resolve("filler").toString();
        // A second time with small writes: the last blocks too.
        Tool.output(
                "sh",
                "-c",
                "dd if=/dev/urandom of=$1 bs=1M 2>/dev/null; dd if=/dev/urandom of=$1.2 bs=4k 2>/dev/null; sync; exit 0",
                "sh",
                file);
    }

    /** Gives that room back. */
    public void empty() {
        String file = place.resolve("filler").toString();
        Tool.output("sh", "-c", "rm -f $1 $1.2; sync", "sh", file);
    }

    /** Ends the service, and removes all. */
    @Override
    public void close() {
        try {
            workshop.close(() -> {
                if (kind == StoreKind.ZFS) {
                    Zpools.destroy(pool);
                } else {
                    Tool.output("umount", place.toString());
                }
            });
        } finally {
            assertNoLoopDeviceIsLeft();
        }
    }

    private void assertNoLoopDeviceIsLeft() {
        try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
            boolean left = devices.map(device -> device.resolve("loop/backing_file"))
                    .filter(Files::exists)
                    .anyMatch(file -> Directories.read(file).startsWith(image.toString()));
            if (left) {
                throw new AssertionError("a loop device of " + image + " is left");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return workshop + " " + kind;
    }
}
