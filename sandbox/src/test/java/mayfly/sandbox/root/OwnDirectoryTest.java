package mayfly.sandbox.root;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of this test, seen by their owner and by somebody else, who may write to them all the same. */
final class OwnDirectoryTest {
    private static final Places PLACES = Places.inMemory(Bytes.utf8("/run/mayfly-test/mnt"));

    private static Caller owner(Path directory) throws IOException {
        return new Caller(
                (Integer) Files.getAttribute(directory, "unix:uid"),
                (Integer) Files.getAttribute(directory, "unix:gid"),
                List.of());
    }

    private static Caller other(Path directory) throws IOException {
        Caller owner = owner(directory);
        return new Caller(owner.uid() + 1, owner.gid(), List.of());
    }

    private static RootPlan overlayOver(Path directory) {
        return DirectoryRoot.overlay(NativePath.bytes(directory), PLACES);
    }

    private static Optional<Bytes> on(Path directory, RootPlan plan, Caller user) {
        return OwnDirectory.on(NativePath.bytes(directory), plan, user);
    }

    @Test
    void below_directories_of_the_user_alone_the_overlay_above_serves(@TempDir Path temp) throws IOException {
        Path top = temp.toRealPath();
        Path deep = Files.createDirectories(top.resolve("a/b"));
        assertEquals(Optional.empty(), on(deep, overlayOver(top), owner(top)));
        assertEquals(Optional.empty(), on(top, overlayOver(top), other(top)));
    }

    @Test
    void a_foreign_directory_that_can_be_written_to_is_overlaid_itself(@TempDir Path temp) throws IOException {
        Path top = temp.toRealPath();
        Path deep = Files.createDirectories(top.resolve("a/b"));
        assertEquals(Optional.of(NativePath.bytes(deep)), on(deep, overlayOver(top), other(top)));
    }

    @Test
    void what_is_in_no_overlay_or_not_there_is_left_alone(@TempDir Path temp) throws IOException {
        Path top = temp.toRealPath();
        Path beside = Files.createDirectories(top.resolve("beside"));
        Path covered = Files.createDirectories(top.resolve("covered"));
        assertEquals(Optional.empty(), on(beside, overlayOver(covered), other(top)));
        assertEquals(Optional.empty(), on(covered.resolve("gone"), overlayOver(covered), other(top)));
    }

    @Test
    void the_plan_with_it_has_one_overlay_more(@TempDir Path temp) throws IOException {
        Path top = temp.toRealPath();
        Bytes deep = NativePath.bytes(top.resolve("a"));
        RootPlan plan = overlayOver(top).withOverlay(deep, PLACES);
        assertEquals(
                Step.overlay(deep, Bytes.utf8("/run/mayfly-test/mnt/s/own"), PLACES.inRoot(deep)),
                plan.steps().get(1));
    }
}
