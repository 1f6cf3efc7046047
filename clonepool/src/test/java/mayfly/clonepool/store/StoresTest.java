package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoresTest {
    private static final Bytes MOUNT = Bytes.utf8("/run/m/mnt");

    @TempDir
    private Path temporary = Path.of("/");

    private ClonesDirectory clones() throws IOException {
        return new ClonesDirectory(temporary.resolve("clones"), Transition.Listener.none());
    }

    private DirectoryTemplate template(Path source) {
        return new DirectoryTemplate("deb", source, temporary.resolve("snapshots"), new PlainTrees(), false, false);
    }

    private DirectoryStore directoryStore(Path source, String definition) throws IOException {
        return new DirectoryStore("deb", template(source), definition, clones());
    }

    private OverlayStore overlayStore(boolean onDisk) throws IOException {
        return new OverlayStore(
                "t",
                template(Path.of("/lower")),
                clones(),
                onDisk,
                "1",
                (snapshot, places) -> DirectoryRoot.overlay(Bytes.utf8("/lower"), places));
    }

    @Test
    void a_copy_has_what_the_template_has() throws IOException, RefusedException {
        Path template = temporary.resolve("template");
        Files.createDirectories(template.resolve("etc"));
        Files.writeString(template.resolve("etc/name"), "deb");
        Files.createSymbolicLink(template.resolve("link"), Path.of("etc/name"));
        DirectoryStore store = directoryStore(template, "1");
        Clone clone = store.make(Optional.empty());
        assertEquals(CloneState.READY, clone.state());
        Path root = store.clones().path(clone).resolve("root");
        assertEquals("deb", Files.readString(root.resolve("etc/name")));
        assertTrue(Files.isSymbolicLink(root.resolve("link")));
        assertEquals(
                List.of(Step.bind(NativePath.bytes(root), Bytes.utf8("/run/m/mnt/r"))),
                store.build(clone, MOUNT).plan().steps());
    }

    @Test
    void a_copy_of_a_snapshot_has_what_the_template_had() throws IOException, RefusedException {
        Path template = Files.createDirectories(temporary.resolve("template"));
        Files.writeString(template.resolve("name"), "then");
        DirectoryStore store = directoryStore(template, "1");
        Snapshot snapshot = store.template().snapshot("first");
        Files.writeString(template.resolve("name"), "now");
        assertEquals(Optional.of(snapshot), store.template().newest());
        Clone clone = store.make(store.template().newest());
        assertEquals("then", Files.readString(store.clones().path(clone).resolve("root/name")));
        assertEquals(Optional.of(snapshot), store.clones().list().get(0).snapshot());
    }

    @Test
    void a_copy_is_kept_while_its_template_is_defined_in_the_same_way() throws IOException, RefusedException {
        Path template = Files.createDirectories(temporary.resolve("template"));
        Clone clone = directoryStore(template, "1").make(Optional.empty());
        assertTrue(directoryStore(template, "1").keeps(clone));
        assertFalse(directoryStore(template, "2").keeps(clone));
    }

    @Test
    void a_copy_that_fails_says_why_and_leaves_nothing() throws IOException {
        DirectoryStore store = directoryStore(temporary.resolve("missing"), "1");
        RefusedException refusal = assertThrows(RefusedException.class, () -> store.make(Optional.empty()));
        assertEquals(
                "cannot make a clone of template deb: " + temporary.resolve("missing") + " is not a directory",
                refusal.getMessage());
        assertEquals(List.of(), store.clones().list());
    }

    @Test
    void an_overlay_in_memory_needs_nothing_on_a_disk() throws IOException, RefusedException {
        OverlayStore store = overlayStore(false);
        Clone clone = store.make(Optional.empty());
        assertEquals(
                List.of(Step.overlay(Bytes.utf8("/lower"), Bytes.utf8("/run/m/mnt/s/0"), Bytes.utf8("/run/m/mnt/r"))),
                store.build(clone, MOUNT).plan().steps());
        assertTrue(store.keeps(clone));
        assertEquals(Long.MAX_VALUE, store.free());
    }

    @Test
    void an_overlay_on_a_disk_has_its_scratch_in_the_clone() throws IOException, RefusedException {
        OverlayStore store = overlayStore(true);
        Clone clone = store.make(Optional.empty());
        Path scratch = clones().path(clone).resolve("scratch");
        assertTrue(Files.isDirectory(scratch));
        assertEquals(
                NativePath.bytes(scratch), store.build(clone, MOUNT).places().scratch());
    }
}
