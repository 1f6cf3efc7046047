package mayfly.clonepool.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CookiesTest {
    private static final Bytes SECRET = Bytes.utf8("secret");
    private static final long READER = 54_321;

    @TempDir
    private Path above = Path.of("/");

    private Path directory = above;

    @BeforeEach
    void let() throws IOException {
        Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxr-xr-x"));
        directory = above.resolve("cookies");
    }

    @Test
    void a_cookie_is_there_until_it_is_removed() throws IOException, RefusedException {
        Cookies cookies = Cookies.open(directory, false);
        Path one = cookies.write(SECRET, List.of(Accounts.effectiveUid()));
        Path other = cookies.write(SECRET, List.of(Accounts.effectiveUid()));

        assertEquals("secret", Files.readString(one));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(one)));
        cookies.remove(List.of(one));
        assertFalse(Files.exists(one));
        assertTrue(Files.exists(other));
    }

    @Test
    void what_an_earlier_service_left_is_removed() throws IOException, RefusedException {
        Path left = Cookies.open(directory, false).write(SECRET, List.of());

        Cookies cookies = Cookies.open(directory, false);

        assertFalse(Files.exists(left));
        assertTrue(Files.exists(NativePath.of(cookies.soundSettings())));
    }

    @Test
    void its_reader_can_read_it_and_nobody_else_and_nobody_can_write() throws IOException, RefusedException {
        Assumptions.assumeTrue(Accounts.effectiveUid() == 0, "only root can give files to others");
        Path cookie = Cookies.open(directory, true).write(SECRET, List.of(READER));

        assertEquals("secret", as(READER, "cat \"$1\"", cookie).output().text());
        assertFalse(as(READER, "echo x >>\"$1\"", cookie).succeeded());
        assertFalse(as(READER, "chmod 666 \"$1\"", cookie).succeeded());
        assertFalse(as(READER + 1, "cat \"$1\"", cookie).succeeded());
        assertFalse(as(READER + 1, "ls \"${1%/*}\"", cookie).succeeded());
    }

    private static Program.Result as(long uid, String script, Path file) throws IOException {
        return Program.at("/usr/bin/setpriv")
                .with("--reuid=" + uid, "--regid=" + uid, "--clear-groups", "sh", "-c", script, "sh", file.toString())
                .run(Duration.ofSeconds(10), 4096);
    }
}
