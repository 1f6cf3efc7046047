package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.FileModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryTemplateTest {
    @TempDir
    private Path temporary = Path.of("/");

    private Path path() {
        return temporary.resolve("deb");
    }

    private DirectoryTemplate template(boolean needsSnapshot) {
        return new DirectoryTemplate(
                "deb", path(), temporary.resolve("base/snapshots/deb"), new PlainTrees(), needsSnapshot, false);
    }

    private DirectoryTemplate created() throws RefusedException {
        DirectoryTemplate template = template(false);
        template.create();
        return template;
    }

    private void write(String text) throws IOException {
        Files.writeString(path().resolve("file"), text);
    }

    private String read() throws IOException {
        return Files.readString(path().resolve("file"));
    }

    private List<String> beside() throws IOException {
        try (var entries = Files.list(temporary)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static List<String> names(DirectoryTemplate template) throws RefusedException {
        return template.snapshots().stream().map(Snapshot::name).toList();
    }

    @Test
    void the_newest_snapshot_is_cloned_as_soon_as_there_is_one() throws RefusedException, IOException {
        DirectoryTemplate template = created();
        assertEquals(Optional.empty(), template.newest());
        assertEquals(path(), template.source(Optional.empty()));
        write("one");
        template.snapshot("b");
        write("two");
        template.snapshot("a");
        assertEquals("a", template.newest().orElseThrow().name());
        assertEquals("two", Files.readString(template.source(template.newest()).resolve("file")));
        assertEquals(List.of("b", "a"), names(template));
    }

    @Test
    void who_needs_a_snapshot_says_how_to_get_one() throws RefusedException {
        created();
        RefusedException refusal =
                assertThrows(RefusedException.class, () -> template(true).newest());
        assertEquals("cannot clone template deb: it has no snapshot", refusal.getMessage());
        assertEquals(Optional.of("mayfly template snapshot deb"), refusal.remedy());
    }

    @Test
    void a_rollback_gives_the_content_back_and_destroys_later_snapshots() throws RefusedException, IOException {
        DirectoryTemplate template = created();
        write("one");
        Snapshot first = template.snapshot("first");
        write("two");
        Files.createFile(path().resolve("more"));
        template.snapshot("second");
        template.rollback(first);
        assertEquals("one", read());
        assertFalse(Files.exists(path().resolve("more")));
        assertEquals(List.of("first"), names(template));
        assertEquals(List.of("base", "deb"), beside());
    }

    @Test
    void a_rollback_that_was_killed_before_its_step_changed_nothing_and_the_next_one_tidies_up()
            throws RefusedException, IOException {
        DirectoryTemplate template = created();
        write("one");
        Snapshot first = template.snapshot("first");
        write("two");
        Files.createDirectories(temporary.resolve(".mayfly-next-deb/half"));
        Files.createDirectories(temporary.resolve(".mayfly-next-deb@12/half"));
        Path others = Files.createDirectories(temporary.resolve(".mayfly-next-debian@12"));
        assertEquals("two", read());
        template.rollback(first);
        assertEquals("one", read());
        Files.delete(others);
        assertEquals(List.of("base", "deb"), beside());
    }

    @Test
    void a_rollback_that_was_killed_after_its_step_is_finished_by_the_next_one() throws RefusedException, IOException {
        DirectoryTemplate template = created();
        write("one");
        Snapshot first = template.snapshot("first");
        template.snapshot("second");
        Files.createDirectories(temporary.resolve(".mayfly-next-deb/old"));
        template.rollback(first);
        assertEquals(List.of("first"), names(template));
        assertEquals(List.of("base", "deb"), beside());
    }

    @Test
    void the_template_may_be_reached_by_a_link_which_stays() throws RefusedException, IOException {
        Path real = Files.createDirectories(temporary.resolve("elsewhere/real"));
        Files.createSymbolicLink(path(), real);
        DirectoryTemplate template = template(false);
        write("one");
        Snapshot first = template.snapshot("first");
        write("two");
        template.rollback(first);
        assertEquals("one", read());
        assertTrue(Files.isSymbolicLink(path()));
        template.destroy();
        assertEquals(List.of("base", "elsewhere"), beside());
        assertFalse(Files.exists(real));
    }

    @Test
    void what_was_killed_while_it_made_a_snapshot_leaves_nothing_that_looks_like_one()
            throws RefusedException, IOException {
        DirectoryTemplate template = created();
        Path left = Files.createDirectories(temporary.resolve("base/snapshots/deb/.1@half/x"));
        assertEquals(List.of(), template.snapshots());
        template.snapshot("whole");
        assertFalse(Files.exists(left.getParent()));
    }

    @Test
    void destroyed_snapshots_and_templates_are_gone() throws RefusedException, IOException {
        DirectoryTemplate template = created();
        template.destroy(template.snapshot("one"));
        assertEquals(List.of(), template.snapshots());
        template.snapshot("two");
        template.destroy();
        assertEquals(List.of("base"), beside());
        assertFalse(Files.exists(temporary.resolve("base/snapshots/deb")));
    }

    @Test
    void a_template_whose_parent_is_missing_says_so() {
        DirectoryTemplate template = new DirectoryTemplate(
                "deb", temporary.resolve("no/deb"), temporary.resolve("base"), new PlainTrees(), false, false);
        RefusedException refusal = assertThrows(RefusedException.class, template::create);
        assertEquals(
                "cannot create template deb: " + temporary.resolve("no") + " is not a directory", refusal.getMessage());
    }

    @Test
    void what_another_user_could_exchange_is_given_to_nobody_else() throws IOException, RefusedException {
        assumeTrue(Accounts.effectiveUid() == 0, "only root can give files away");
        Path others = Files.createDirectory(temporary.resolve("others"));
        Path directory = Files.createDirectory(others.resolve("deb"));
        DirectoryTemplate template =
                new DirectoryTemplate("deb", directory, temporary.resolve("snapshots"), new PlainTrees(), false, true);
        assertEquals(directory, template.source(template.newest()));
        FileModes.chown(NativePath.bytes(others), 12345, 12345);
        String reason = others + " belongs to another user, who could replace what is in it";
        IOException failure = assertThrows(IOException.class, () -> template.source(Optional.empty()));
        assertEquals(reason, failure.getMessage());
        for (Executable use : List.<Executable>of(template::newest, () -> template.snapshot("one"))) {
            RefusedException refusal = assertThrows(RefusedException.class, use);
            assertTrue(String.valueOf(refusal.getMessage()).endsWith(" template deb: " + reason), refusal.toString());
        }
        Files.delete(directory);
        RefusedException refusal = assertThrows(RefusedException.class, template::create);
        assertEquals("cannot create template deb: " + reason, refusal.getMessage());
    }

    @Test
    void a_mount_point_is_not_rolled_back_or_destroyed() throws IOException, RefusedException {
        try (LoopDisk disk = LoopDisk.in(temporary, "ext4", "nosuid")) {
            DirectoryTemplate template = new DirectoryTemplate(
                    "deb", disk.directory(), temporary.resolve("snapshots"), new PlainTrees(), false, false);
            Snapshot snapshot = template.snapshot("one");
            String reason = "template deb: " + disk.directory() + " is a mount point";
            RefusedException refusal = assertThrows(RefusedException.class, () -> template.rollback(snapshot));
            assertEquals("cannot roll back " + reason, refusal.getMessage());
            refusal = assertThrows(RefusedException.class, template::destroy);
            assertEquals("cannot destroy " + reason, refusal.getMessage());
            assertEquals(List.of(snapshot), template.snapshots());
        }
    }
}
