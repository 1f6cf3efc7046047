package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.FileModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class TrustedWayTest {
    @TempDir
    private Path temporary = Path.of("/");

    private static String problem(Path path) {
        return problem(() -> TrustedWay.check(path));
    }

    private static String problem(Executable check) {
        return String.valueOf(assertThrows(StoreException.class, check).getMessage());
    }

    @Test
    void a_way_that_others_can_change_nothing_of_is_trusted() throws IOException {
        Path directory = Files.createDirectories(temporary.resolve("a/b"));
        TrustedWay.check(directory);
        TrustedWay.check(directory.resolve("missing/c"));
        Files.createSymbolicLink(temporary.resolve("link"), Path.of("a/../a"));
        TrustedWay.check(temporary.resolve("link/b"));
    }

    @Test
    void what_others_can_write_to_is_trusted_when_it_is_sticky_only() throws IOException {
        Path open = Files.createDirectory(temporary.resolve("open"));
        Path inside = Files.createDirectory(open.resolve("inside"));
        FileModes.chmod(NativePath.bytes(open), 01777);
        TrustedWay.check(inside);
        FileModes.chmod(NativePath.bytes(open), 0777);
        assertEquals(open + " can be changed by other users", problem(inside));
        Files.createSymbolicLink(temporary.resolve("link"), inside);
        assertEquals(open + " can be changed by other users", problem(temporary.resolve("link")));
    }

    @Test
    void a_directory_of_another_users_is_not_trusted() throws IOException {
        assumeTrue(Accounts.effectiveUid() == 0, "only root can give files away");
        Path others = Files.createDirectory(temporary.resolve("others"));
        Path inside = Files.createDirectory(others.resolve("inside"));
        FileModes.chown(NativePath.bytes(others), 12345, 12345);
        assertEquals(others + " belongs to another user, who could replace what is in it", problem(inside));
    }

    @Test
    void what_a_trusted_name_is_of_may_be_another_users() throws IOException {
        assumeTrue(Accounts.effectiveUid() == 0, "only root can give files away");
        Path open = Files.createDirectory(temporary.resolve("open"));
        Path others = Files.createDirectory(open.resolve("others"));
        Files.createDirectory(others.resolve("inside"));
        Files.createDirectory(open.resolve("roots"));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), others);
        FileModes.chown(NativePath.bytes(others), 12345, 12345);
        TrustedWay.checkName(others);
        TrustedWay.checkName(link);
        String reason = others + " belongs to another user, who could replace what is in it";
        assertEquals(reason, problem(() -> TrustedWay.checkName(others.resolve("inside"))));
        assertEquals(reason, problem(() -> TrustedWay.checkName(link.resolve("inside"))));
        FileModes.chmod(NativePath.bytes(open), 0775); // root's own group, or an access control list
        assertEquals(
                open + " can be changed by other users", problem(() -> TrustedWay.checkName(open.resolve("roots"))));
        FileModes.chmod(NativePath.bytes(open), 01777);
        assertEquals(
                open + "/missing is not there, and other users can make it",
                problem(() -> TrustedWay.checkName(open.resolve("missing"))));
        assertEquals(reason, problem(() -> TrustedWay.checkName(others)));
        assertEquals(reason, problem(() -> TrustedWay.checkName(link)));
    }

    @Test
    void a_directory_becomes_private() throws IOException {
        Path directory = Files.createDirectory(temporary.resolve("wide"));
        FileModes.chmod(NativePath.bytes(directory), 0755);
        TrustedWay.makePrivate(directory);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
    }
}
