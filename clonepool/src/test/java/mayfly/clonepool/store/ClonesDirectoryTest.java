package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClonesDirectoryTest {
    @TempDir
    private Path temporary = Path.of("/");

    private ClonesDirectory clones() throws IOException {
        return new ClonesDirectory(temporary.resolve("deep/clones"), Transition.Listener.none());
    }

    private static Clone ready(ClonesDirectory clones) throws RefusedException {
        return clones.make("b", Optional.of(new Snapshot("1@x")), "definition", clone -> {});
    }

    @Test
    void only_the_service_may_enter() throws IOException {
        Path directory = clones().directory();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
    }

    @Test
    void clones_are_listed_in_order_of_their_age_with_their_states() throws IOException, RefusedException {
        ClonesDirectory clones = clones();
        Clone making = clones.create("a");
        Clone ready = ready(clones);
        Clone used = clones.use(ready(clones));
        Files.createDirectory(clones.directory().resolve("lost+found"));
        assertEquals(List.of(making, ready, used), clones.list());
        assertEquals(List.of(making, ready, used), clones().list());
    }

    @Test
    void a_clone_that_is_being_made_has_its_snapshot() throws IOException, RefusedException {
        ClonesDirectory clones = clones();
        Optional<Snapshot> snapshot = Optional.of(new Snapshot("1@x"));
        List<Clone> seen = new ArrayList<>();
        clones.make("b", snapshot, "definition", clone -> seen.addAll(clones.list()));
        assertEquals(CloneState.MAKING, seen.get(0).state());
        assertEquals(snapshot, seen.get(0).snapshot());
    }

    @Test
    void whatever_keeps_a_clone_from_being_made_nothing_is_left() throws IOException {
        ClonesDirectory clones = clones();
        assertThrows(
                IllegalStateException.class,
                () -> clones.make("b", Optional.empty(), "definition", clone -> {
                    throw new IllegalStateException("a bug");
                }));
        assertEquals(List.of(), clones.list());
    }

    /** Something mounted in it keeps a clone from being removed. */
    @Test
    void what_cannot_be_removed_of_a_clone_goes_later_and_hides_no_reason() throws IOException {
        try (LoopDisk disk = LoopDisk.in(temporary, "ext4", "nosuid")) {
            ClonesDirectory clones = clones();
            List<Path> mounted = new ArrayList<>();
            RefusedException refusal = assertThrows(
                    RefusedException.class,
                    () -> clones.make("b", Optional.empty(), "definition", clone -> {
                        Path point = Files.createDirectory(clones.path(clone).resolve("root"));
                        run("/usr/bin/mount", "--bind", disk.directory().toString(), point.toString());
                        mounted.add(point);
                        throw new IOException("No space left on device");
                    }));
            assertEquals("cannot make a clone of template b: No space left on device", refusal.getMessage());
            assertEquals(1, clones.list().size());
            run("/usr/bin/umount", mounted.get(0).toString());
            assertEquals(Map.of(), clones.destroy(List.of()));
            assertEquals(List.of(), clones.list());
        }
    }

    private static void run(String program, String... words) throws IOException {
        Program.Result result = Program.at(program).with(words).run(Duration.ofMinutes(1), 1000);
        assertTrue(result.succeeded(), result.failure());
    }

    @Test
    void a_destroyed_clone_is_gone_with_all_that_was_in_it() throws IOException {
        ClonesDirectory clones = clones();
        Clone empty = clones.create("a");
        Clone full = clones.create("a");
        Path inside = Files.createDirectories(clones.path(full).resolve("root/a/b"));
        Path outside = Files.writeString(temporary.resolve("precious"), "x");
        Files.createSymbolicLink(inside.resolve("link"), outside);
        Files.createSymbolicLink(inside.resolve("up"), temporary);
        assertEquals(Map.of(), clones.destroy(List.of(clones.condemn(empty), clones.condemn(full))));
        assertEquals(List.of(), clones.list());
        assertTrue(Files.exists(outside));
    }

    @Test
    void directories_that_cannot_be_written_are_removed_too() throws IOException {
        ClonesDirectory clones = clones();
        Clone clone = clones.create("a");
        Path closed = Files.createDirectories(clones.path(clone).resolve("root/closed"));
        Files.createFile(closed.resolve("file"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        assertEquals(Map.of(), clones.destroy(List.of(clones.condemn(clone))));
        assertFalse(Files.exists(closed));
        assertEquals(List.of(), clones.list());
    }

    @Test
    void who_holds_the_lock_keeps_others_out_until_the_last_copy_is_closed() throws IOException {
        ClonesDirectory clones = clones();
        Clone clone = clones.create("a");
        int first = clones.openLock(clone);
        int second = clones.openLock(clone);
        Descriptors.lock(first);
        int copy = Descriptors.duplicate(first, 0);
        Descriptors.close(first);
        assertFalse(Descriptors.tryLock(second));
        Descriptors.close(copy);
        assertTrue(Descriptors.tryLock(second));
        Descriptors.close(second);
    }

    @Test
    void a_lock_cannot_be_written() throws IOException {
        ClonesDirectory clones = clones();
        Clone clone = clones.create("a");
        int lock = clones.openLock(clone);
        ByteBuffer text = ByteBuffer.allocateDirect(1);
        assertThrows(IOException.class, () -> Descriptors.writeFully(lock, text));
        Descriptors.close(lock);
    }
}
