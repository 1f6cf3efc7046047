package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a btrfs of its own. */
final class SubvolumesTest {
    private final Subvolumes trees = new Subvolumes();

    @TempDir
    private Path temporary = Path.of("/");

    private Optional<LoopDisk> disk = Optional.empty();

    @BeforeEach
    void mount() throws IOException {
        disk = Optional.of(LoopDisk.in(temporary, "btrfs", "nosuid"));
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk.isPresent()) {
            disk.get().close();
        }
    }

    private Path on(String name) {
        return disk.orElseThrow().directory().resolve(name);
    }

    private static Bytes bytes(Path path) {
        return NativePath.bytes(path);
    }

    private DirectoryTemplate template(Path base) {
        return new DirectoryTemplate("deb", on("deb"), base.resolve("snapshots/deb"), trees, true, false);
    }

    private DirectoryStore store(Path base) throws IOException {
        return new DirectoryStore(
                "deb", template(base), "deb", new ClonesDirectory(base.resolve("clones"), Transition.Listener.none()));
    }

    private List<String> left() throws IOException {
        try (var entries = Files.list(on(""))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void a_clone_has_what_the_snapshot_has_and_shares_no_change() throws IOException, RefusedException {
        DirectoryStore store = store(on("base"));
        store.template().create();
        Files.writeString(on("deb/file"), "template");
        store.template().snapshot("one");
        Files.writeString(on("deb/file"), "later");
        Clone clone = store.make(store.template().newest());
        Path file = store.clones().path(clone).resolve("root/file");
        assertEquals("template", Files.readString(file));
        Files.writeString(file, "clone");
        Clone other = store.make(store.template().newest());
        assertEquals("template", Files.readString(store.clones().path(other).resolve("root/file")));
        List<Clone> dirty =
                List.of(store.clones().condemn(clone), store.clones().condemn(other));
        assertEquals(java.util.Map.of(), store.clones().destroy(dirty));
        assertEquals(List.of(), store.clones().list());
        store.template().destroy();
        assertEquals(List.of("base"), left());
    }

    @Test
    void a_rollback_gives_the_content_back_in_a_subvolume_that_can_be_changed() throws IOException, RefusedException {
        DirectoryTemplate template = template(on("base"));
        template.create();
        Files.writeString(on("deb/file"), "one");
        Snapshot one = template.snapshot("one");
        Files.writeString(on("deb/file"), "two");
        template.snapshot("two");
        template.rollback(one);
        assertEquals("one", Files.readString(on("deb/file")));
        Files.writeString(on("deb/file"), "three");
        assertEquals(List.of(one), template.snapshots());
        template.snapshot("three");
        assertEquals(List.of("base", "deb"), left());
    }

    @Test
    void a_snapshot_stays_as_it_is() throws IOException, RefusedException {
        DirectoryTemplate template = template(on("base"));
        template.create();
        Path frozen = template.source(Optional.of(template.snapshot("one")));
        assertThrows(IOException.class, () -> Files.createFile(frozen.resolve("new")));
        assertFalse(Files.exists(frozen.resolve("new")));
    }

    @Test
    void a_directory_that_is_no_subvolume_is_told_with_what_to_do() throws IOException {
        Files.createDirectory(on("deb"));
        RefusedException refusal =
                assertThrows(RefusedException.class, () -> template(on("base")).snapshot("one"));
        assertEquals(
                "cannot snapshot template deb: " + on("deb") + " is not a subvolume of btrfs", refusal.getMessage());
        assertEquals(
                Optional.of("move it to OLD, let mayfly template create make it, then cp -a --reflink=auto OLD/. "
                        + on("deb")),
                refusal.remedy());
    }

    @Test
    void the_best_store_for_a_subvolume_is_btrfs_where_its_clones_can_be_beside_it()
            throws IOException, ConfigurationException, RefusedException {
        template(on("base")).create();
        Files.createDirectory(on("plain"));
        assertEquals("btrfs, it is a subvolume of btrfs", choice("path = '" + on("deb") + "'"));
        assertEquals("overlay, it needs no copies", choice("path = '" + on("plain") + "'"));
        assertEquals("btrfs, it will be a subvolume of btrfs", choice("path = '" + on("new") + "'"));
        assertEquals("overlay, it needs no copies", choice("path = '" + on(".") + "'"));
        String clones = "clones = '" + on("base") + "'";
        assertEquals("btrfs, it is a subvolume of btrfs", choice("path = '" + on(".") + "'", clones));
        assertEquals("directory, it is configured", choice("path = '" + on("deb") + "'", "store = 'directory'"));
        assertEquals(Optional.empty(), BlockSharing.hindrance(on("plain"), on("base/not/yet")));
    }

    private String choice(String... lines) throws IOException, ConfigurationException {
        Path file = Files.writeString(temporary.resolve("m.toml"), "[template.t]\n" + String.join("\n", lines));
        TemplateConfiguration template =
                ConfigurationFile.read(file).template("t").orElseThrow();
        StoreChoice choice = StoreChoice.of(template, true);
        return choice.store().word() + ", " + choice.reason();
    }

    @Test
    void a_directory_for_clones_on_another_filesystem_is_told_with_the_first_snapshot()
            throws IOException, RefusedException {
        DirectoryStore store = store(temporary.resolve("base"));
        store.template().create();
        RefusedException refusal =
                assertThrows(RefusedException.class, () -> store.template().snapshot("one"));
        Path base = temporary.resolve("base/snapshots/deb");
        assertEquals(
                "cannot snapshot template deb: " + base + " is on another filesystem than " + on("deb"),
                refusal.getMessage());
        assertEquals(
                Optional.of("let clones = \"…\" name a directory on the filesystem of the template, or leave it out"),
                refusal.remedy());
    }

    @Test
    void there_are_no_subvolumes_elsewhere() {
        IOException failure = assertThrows(IOException.class, () -> trees.make(bytes(temporary.resolve("new"))));
        assertEquals(temporary + " is not on btrfs", failure.getMessage());
    }
}
