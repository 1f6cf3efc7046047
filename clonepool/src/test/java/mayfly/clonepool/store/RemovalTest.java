package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Directory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile command leaves. */
final class RemovalTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    private Path temporary = Path.of("/");

    /** Runs a script in a directory. */
    private static void shell(Path directory, String script) throws IOException {
        Program.Result result = Program.at("/bin/bash")
                .with("-e", "-c", "export PATH=/usr/sbin:$PATH; cd \"$0\"; " + script)
                .with(NativePath.bytes(directory))
                .run(LIMIT, 4096);
        assertTrue(result.succeeded(), result.output().text() + result.end());
    }

    private static void assertRemoves(Path tree) throws IOException {
        assertTrue(Files.exists(tree, LinkOption.NOFOLLOW_LINKS));
        Removal.remove(NativePath.bytes(tree));
        assertFalse(Files.exists(tree, LinkOption.NOFOLLOW_LINKS));
    }

    private Path tree() throws IOException {
        return Files.createDirectory(temporary.resolve("tree"));
    }

    @Test
    void what_is_not_there_is_removed_already() throws IOException {
        Removal.remove(NativePath.bytes(temporary.resolve("nothing")));
    }

    @Test
    void files_of_all_kinds_go_and_what_links_lead_to_stays() throws IOException {
        Path tree = tree();
        Path outside = Files.createDirectories(temporary.resolve("outside/deep"));
        Files.writeString(outside.resolve("precious"), "x");
        shell(
                tree,
                "mkfifo fifo; mkdir -p a/b; ln -s ../outside up; ln -s / a/b/top; ln ../outside/deep/precious hard;"
                        + " touch -- '-rf' $'a new\\nline' $'\\xff\\xfe'; chmod 000 a/b; ln -s missing dangling");
        assertRemoves(tree);
        assertEquals("x", Files.readString(outside.resolve("precious")));
    }

    @Test
    void a_link_in_place_of_the_tree_goes_alone() throws IOException {
        Files.createDirectories(temporary.resolve("outside/deep"));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), temporary.resolve("outside"));
        assertRemoves(link);
        assertTrue(Files.exists(temporary.resolve("outside/deep")));
    }

    /** Deeper than any path and than there may be open files. */
    @Test
    void a_tree_of_thousands_of_levels_goes() throws IOException {
        Path tree = tree();
        Bytes name = Bytes.utf8("n".repeat(255));
        int fd = Directory.open(NativePath.bytes(tree));
        for (int i = 0; i < 20_000; i++) {
            Bytes path = Bytes.utf8("/proc/self/fd/" + fd + "/" + name);
            Files.createDirectory(NativePath.of(path));
            Files.createFile(NativePath.of(Bytes.utf8("/proc/self/fd/" + fd + "/file")));
            Files.createDirectory(NativePath.of(Bytes.utf8("/proc/self/fd/" + fd + "/zz")));
            Files.createFile(NativePath.of(Bytes.utf8("/proc/self/fd/" + fd + "/zz/file")));
            int next = Directory.open(fd, name);
            Descriptors.close(fd);
            fd = next;
        }
        Descriptors.close(fd);
        assertRemoves(tree);
    }

    @Test
    void a_directory_of_many_files_and_directories_goes() throws IOException {
        Path tree = tree();
        shell(tree, "seq 20000 | xargs touch; seq 20001 25000 | xargs mkdir; for i in {20001..25000}; do >$i/f; done");
        assertRemoves(tree);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs"})
    void what_is_mounted_in_it_stays_and_is_told(String kind) throws IOException {
        Path tree = tree();
        try (LoopDisk disk = LoopDisk.in(tree, kind, "nosuid")) {
            Files.writeString(disk.directory().resolve("precious"), "x");
            IOException failure = assertThrows(IOException.class, () -> Removal.remove(NativePath.bytes(tree)));
            assertTrue(String.valueOf(failure.getMessage()).endsWith(": Device or resource busy"), failure::toString);
            assertEquals("x", Files.readString(disk.directory().resolve("precious")));
        }
        assertRemoves(tree);
    }

    @Test
    void files_that_may_not_be_changed_go_as_well() throws IOException {
        try (LoopDisk disk = LoopDisk.in(temporary, "ext4", "nosuid")) {
            Path tree = Files.createDirectory(disk.directory().resolve("tree"));
            shell(
                    tree,
                    "mkdir -p a/b; touch a/b/f a/b/g; mkfifo a/b/p; chattr +i a/b/f; chattr +a a/b/g; chattr +i a/b a");
            assertRemoves(tree);
        }
    }

    private static final String SUBVOLUMES = """
            btrfs -q subvolume create root
            mkdir -p root/a/b
            btrfs -q subvolume create root/a/b/inner
            btrfs -q subvolume create root/a/b/inner/innermost
            touch root/a/b/inner/f root/a/b/inner/innermost/f
            btrfs -q subvolume snapshot -r root/a/b/inner root/a/frozen
            btrfs -q subvolume snapshot root root/a/b/inner/again
            btrfs -q subvolume create plain
            btrfs -q subvolume snapshot -r plain empty
            for s in root/a/b/inner root/a/b/inner/innermost root; do btrfs property set $s ro true; done
            """;

    private static void make(Path tree, String script) throws IOException {
        assumeBtrfs();
        shell(tree, "btrfs() { if [ $1 = -q ]; then shift; fi; /usr/bin/btrfs \"$@\" >/dev/null; }; " + script);
    }

    private static void assumeBtrfs() {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.exists(Path.of("/usr/bin/btrfs")), "/usr/bin/btrfs is not installed");
    }

    @Test
    void subvolumes_go_wherever_they_are_read_only_or_not() throws IOException {
        try (LoopDisk disk = LoopDisk.in(temporary, "btrfs", "nosuid")) {
            Path tree = Files.createDirectory(disk.directory().resolve("tree"));
            make(tree, SUBVOLUMES);
            assertRemoves(tree);
            Program.Result left = Program.at("/usr/bin/btrfs")
                    .with("subvolume", "list")
                    .with(NativePath.bytes(disk.directory()))
                    .run(LIMIT, 4096);
            assertEquals("", left.output().text());
        }
    }

    @Test
    void nothing_follows_who_puts_a_link_in_place_of_a_directory_that_was_read() throws IOException {
        Path outside = Files.createDirectories(temporary.resolve("outside"));
        int fd = Directory.open(NativePath.bytes(temporary));
        Files.createSymbolicLink(temporary.resolve("link"), outside);
        assertThrows(IOException.class, () -> Directory.open(fd, Bytes.utf8("link")));
        assertThrows(IOException.class, () -> Directory.open(fd, Bytes.utf8("..")));
        Descriptors.close(fd);
    }
}
