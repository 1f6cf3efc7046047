package mayfly.clonepool.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditFileTest {
    private final Path directory;
    private final Path file;

    AuditFileTest(@TempDir Path place) {
        directory = place.resolve("logs");
        file = directory.resolve("audit.log");
    }

    private static List<byte[]> lines(String... lines) {
        return Stream.of(lines)
                .map(line -> (line + "\n").getBytes(StandardCharsets.US_ASCII))
                .toList();
    }

    private AuditFile audit(long maxBytes) {
        return new AuditFile(file, maxBytes, 2, false);
    }

    private void append(String... lines) throws IOException {
        AuditFile audit = audit(1_000);
        audit.append(lines(lines));
        assertEquals(lines.length, audit.written());
    }

    private String read(String suffix) throws IOException {
        return Files.readString(file.resolveSibling("audit.log" + suffix));
    }

    private String refusal() {
        AuditFile audit = audit(1_000);
        IOException failure = assertThrows(IOException.class, () -> audit.append(lines("x")));
        assertEquals(0, audit.written());
        return Failure.reason(failure);
    }

    @Test
    void directory_and_file_are_made_for_nobody_else() throws IOException {
        append("one", "two");
        append("three");
        assertEquals("one\ntwo\nthree\n", read(""));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void at_its_size_the_file_is_put_aside_and_so_many_are_kept() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(file.resolveSibling("audit.log.3"), "kept before");
        AuditFile audit = audit(8);
        audit.append(lines("1aa", "2bb", "3cc", "4dd", "5ee", "6ff", "7gg"));
        assertEquals(7, audit.written());
        assertEquals("7gg\n", read(""));
        assertEquals("5ee\n6ff\n", read(".1"));
        assertEquals("3cc\n4dd\n", read(".2"));
        assertFalse(Files.exists(file.resolveSibling("audit.log.3")));
        audit(8).append(lines("a line that is longer than a file may be", "8hh"));
        assertEquals("8hh\n", read(""));
        assertEquals("a line that is longer than a file may be\n", read(".1"));
        assertEquals("7gg\n", read(".2"));
    }

    @Test
    void many_lines_are_written_in_parts() throws IOException {
        String line = "x".repeat(999);
        AuditFile audit = audit(10 << 20);
        audit.append(lines(IntStream.range(0, 1_000).mapToObj(i -> line).toArray(String[]::new)));
        assertEquals(1_000_000, Files.size(file));
    }

    @Test
    void what_was_moved_or_removed_is_made_anew() throws IOException {
        append("one");
        Files.move(file, file.resolveSibling("elsewhere"));
        append("two");
        assertEquals("two\n", read(""));
        Files.delete(file);
        append("three");
        assertEquals("three\n", read(""));
        Files.move(directory, directory.resolveSibling("old"));
        append("four");
        assertEquals("four\n", read(""));
    }

    @Test
    void a_line_that_a_crash_has_cut_off_does_not_take_the_next_one_with_it() throws IOException {
        append("one");
        Files.writeString(file, "one\n{\"half");
        append("two");
        assertEquals("one\n{\"half\ntwo\n", read(""));
    }

    @Test
    void neither_links_nor_anything_else_take_the_place_of_the_file() throws IOException {
        append("one");
        Path target = file.resolveSibling("target");
        Files.move(file, target);
        Files.createSymbolicLink(file, target);
        assertEquals("Too many levels of symbolic links", refusal());
        assertEquals("one\n", Files.readString(target));
        Files.delete(file);
        Files.createDirectory(file);
        assertEquals("Is a directory", refusal());
        Files.delete(file);
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", file.toString())
                        .start()
                        .onExit()
                        .join()
                        .exitValue());
        assertEquals("it is not a file", refusal());
        Files.delete(file);
        append("two");
    }

    @Test
    void of_what_is_taken_in_part_whole_lines_stay() throws IOException {
        assumeTrue(Accounts.effectiveUid() == 0, "only root can mount a small filesystem");
        append("one");
        Path full = file.resolveSibling("full");
        Files.createDirectory(full);
        assertEquals(0, run("mount", "-t", "tmpfs", "-o", "size=4k,mode=0700", "none", full.toString()));
        try {
            String half = "h".repeat(2_500);
            AuditFile audit = new AuditFile(full.resolve("audit.log"), 1 << 20, 2, false);
            IOException failure = assertThrows(IOException.class, () -> audit.append(lines(half, half, "end")));
            assertEquals("No space left on device", Failure.reason(failure));
            assertEquals(1, audit.written());
            assertEquals(half + "\n", Files.readString(full.resolve("audit.log")));
        } finally {
            assertEquals(0, run("umount", full.toString()));
        }
    }

    private static int run(String... words) throws IOException {
        return new ProcessBuilder(words).inheritIO().start().onExit().join().exitValue();
    }

    @Test
    void a_directory_that_others_can_change_is_refused() throws IOException {
        append("one");
        FileModes.chmod(NativePath.bytes(directory), 0777);
        assertEquals(directory + " can be changed by other users", refusal());
        FileModes.chmod(NativePath.bytes(directory), 0700);
        Path link = directory.resolveSibling("link");
        Files.createSymbolicLink(link, directory);
        AuditFile audit = new AuditFile(link.resolve("audit.log"), 1_000, 2, false);
        assertEquals(
                "Not a directory", Failure.reason(assertThrows(IOException.class, () -> audit.append(lines("x")))));
        assertEquals("one\n", read(""));
    }

    @Test
    void in_the_usual_place_others_may_have_rights_around_the_directory_but_not_in_it() throws IOException {
        Path around = directory.resolveSibling("log");
        Path usual = Files.createDirectories(around.resolve("mayfly")).resolve("audit.log");
        FileModes.chmod(NativePath.bytes(around), 0777);
        FileModes.chmod(NativePath.bytes(usual.resolveSibling("")), 0755);
        assertThrows(IOException.class, () -> new AuditFile(usual, 1_000, 2, false).append(lines("x")));
        new AuditFile(usual, 1_000, 2, true).append(lines("one"));
        assertEquals("one\n", Files.readString(usual));
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(around.resolve("mayfly"))));
    }

    @Test
    void who_has_it_locked_does_not_keep_it_for_ever() throws IOException {
        append("one");
        int fd = Descriptors.open(NativePath.bytes(file), Kernel.O_RDONLY, 0);
        try {
            assertTrue(Descriptors.tryLock(fd));
            assertEquals("another program has locked it", refusal());
        } finally {
            Descriptors.close(fd);
        }
        append("two");
        assertEquals("one\ntwo\n", read(""));
    }
}
