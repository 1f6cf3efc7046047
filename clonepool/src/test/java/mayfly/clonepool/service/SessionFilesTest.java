package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.ProcessIdentity;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SessionFilesTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final Log log = new Log(new PrintStream(said, true, StandardCharsets.UTF_8));

    private static SessionRecord record(String name) {
        return new SessionRecord(
                new SessionRecord.Key(4_294_967_294L, name),
                "t_5",
                Bytes.fromLatin1("/clones/\u00ff\n/lock"),
                new ProcessIdentity(77, 1L << 40),
                name.length() > 3 ? Optional.of(new ProcessIdentity(1, 2)) : Optional.empty(),
                1_700_000_000_000L,
                60,
                3_600,
                Optional.of("t"),
                Optional.empty(),
                "bwrap",
                "\"template\":\"t\"",
                Map.of("--bind", "/a b:/c", "--share-net", ""),
                List.of(Bytes.fromLatin1("A=\u00ff=\n"), Bytes.utf8("B=")));
    }

    @Test
    void what_is_written_is_read(@TempDir Path place) throws IOException {
        SessionFiles files = SessionFiles.open(place.resolve("sessions"), log);
        files.write(record("one"));
        files.write(record("x.sock"));

        assertEquals(2, SessionFiles.open(place.resolve("sessions"), log).read().size());
        assertTrue(files.read().contains(record("one")));
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place.resolve("sessions"))));
        files.remove(record("one").key());
        assertEquals(List.of(record("x.sock")), files.read());
    }

    @Test
    void a_session_listens_where_the_service_connects(@TempDir Path place) throws IOException {
        // Longer than a socket's path may be.
        Path deep = Files.createDirectories(place.resolve("d".repeat(100))).resolve("sessions");
        SessionFiles files = SessionFiles.open(deep, log);
        SessionRecord.Key key = new SessionRecord.Key(1, "a".repeat(64));
        assertThrows(PosixException.class, () -> files.connect(key));

        int listener = files.listen(key);
        int client = files.connect(key);

        Descriptors.setNonBlocking(listener, true);
        int server = Sockets.accept(listener);
        assertTrue(server >= 0);
        List.of(client, server, listener).forEach(Descriptors::close);
        assertThrows(PosixException.class, () -> files.connect(key));
        Descriptors.close(files.listen(key)); // in place of one that nobody listens at
    }

    @Test
    void any_name_of_a_session_can_be_taken(@TempDir Path place) throws IOException {
        SessionFiles files = SessionFiles.open(place.resolve("sessions"), log);
        int listener = files.listen(record("new").key());
        files.write(record("new"));
        files.write(record("other"));

        Descriptors.close(files.connect(record("new").key()));
        assertEquals(2, files.read().size());
        Descriptors.close(listener);
    }

    @Test
    void what_is_no_record_is_passed_over_and_told(@TempDir Path place) throws IOException {
        SessionFiles files = SessionFiles.open(place.resolve("sessions"), log);
        files.write(record("one"));
        Path user = place.resolve("sessions/4294967294");
        Files.writeString(user.resolve("half"), "uid=1\n");
        Files.copy(user.resolve("one"), user.resolve("other"));
        Files.writeString(user.resolve("escape"), "uid=\\uZZ\n");
        Files.writeString(user.resolve("orphan~"), "");

        assertEquals(List.of(record("one")), files.read());
        assertEquals(3, said.toString(StandardCharsets.UTF_8).lines().count(), said.toString(StandardCharsets.UTF_8));
        assertTrue(Files.notExists(user.resolve("orphan~")));
    }
}
