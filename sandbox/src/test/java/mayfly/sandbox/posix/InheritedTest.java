package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.OptionalLong;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InheritedTest {
    private static final int RLIMIT_CORE = 4;

    @Test
    void limits_are_those_that_proc_tells() throws IOException {
        String core = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max core file size"))
                .findFirst()
                .orElseThrow();
        String[] words = core.substring(26).trim().split(" +", -1);
        long[] limits = Processes.limits();
        assertEquals(2 * Kernel.RLIMITS, limits.length);
        assertEquals(words[0], name(limits[2 * RLIMIT_CORE]));
        assertEquals(words[1], name(limits[2 * RLIMIT_CORE + 1]));
    }

    @Test
    void affinity_has_a_bit_for_each_processor() throws IOException {
        assertEquals(
                Runtime.getRuntime().availableProcessors(),
                BitSet.valueOf(Processes.affinity()).cardinality());
    }

    @Test
    void the_working_directory_is_known() throws IOException {
        assertEquals(
                System.getProperty("user.dir"),
                Processes.workingDirectory().orElseThrow().text());
    }

    @Test
    void accounts_are_found_by_name_and_by_id() throws IOException {
        Accounts.User root = Accounts.user(0).orElseThrow();
        assertEquals(new Accounts.User(Bytes.utf8("root"), 0, 0, Bytes.utf8("/root"), root.shell()), root);
        assertEquals(root, Accounts.user(Bytes.utf8("root")).orElseThrow());
        assertEquals(OptionalLong.of(0), Accounts.group(Bytes.utf8("root")));
        assertEquals("root", Accounts.groupName(0).orElseThrow().text());
        assertTrue(Accounts.user(Bytes.utf8("no such user")).isEmpty());
        assertTrue(Accounts.group(Bytes.utf8("no such group")).isEmpty());
    }

    @Test
    void a_directory_has_exactly_the_mode_that_was_asked_for(@TempDir Path directory) throws IOException {
        Path made = directory.resolve("made");
        FileModes.makeDirectory(Bytes.utf8(made.toString()), 0777);
        assertEquals("rwxrwxrwx", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        FileModes.chmod(Bytes.utf8(made.toString()), 0750);
        assertEquals("rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }

    @Test
    void a_file_is_no_terminal() throws IOException {
        int fd = Descriptors.open(Bytes.utf8("/dev/null"), Kernel.O_RDWR, 0);
        assertFalse(Terminals.isTerminal(fd));
        PosixException e = assertThrows(PosixException.class, () -> Terminals.modes(fd));
        assertEquals(Kernel.ENOTTY, e.errno());
        Descriptors.close(fd);
    }

    @Test
    void a_terminal_keeps_its_modes_and_its_size() throws IOException {
        int fd = Descriptors.open(Bytes.utf8("/dev/ptmx"), Kernel.O_RDWR | Kernel.O_NOCTTY, 0);
        assertTrue(Terminals.isTerminal(fd));
        byte[] modes = Terminals.modes(fd);
        modes[12] ^= 8; // ECHO
        Terminals.setModes(fd, modes);
        assertEquals(Bytes.of(modes), Bytes.of(Terminals.modes(fd)));
        byte[] window = {24, 0, 80, 0, 0, 0, 0, 0};
        Terminals.setWindow(fd, window);
        assertEquals(Bytes.of(window), Bytes.of(Terminals.window(fd)));
        Descriptors.close(fd);
    }

    private static String name(long limit) {
        return limit == -1 ? "unlimited" : Long.toUnsignedString(limit);
    }
}
