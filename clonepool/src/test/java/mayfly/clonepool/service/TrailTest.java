package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.audit.AuditLog;
import mayfly.clonepool.config.AuditConfiguration;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrailTest {
    private static final int LISTENER = 7;
    private static final long WWW = 33;

    private final Path file;
    private final AuditLog log;
    private final Trail trail;
    private final RunRequest request;

    TrailTest(@TempDir Path place) throws RefusedException {
        file = place.resolve("audit.log");
        log = new AuditLog(
                new AuditConfiguration(false, Optional.of(file), 1 << 20, 1, Optional.of(false)), false, message -> {
                    throw new AssertionError(message);
                });
        trail = new Trail(
                log,
                connection -> connection.pid() == LISTENER && connection.uid() == WWW
                        ? Optional.of("web")
                        : Optional.empty());
        request = new RunOptions()
                .read(List.of(Bytes.utf8("mayfly"), Bytes.utf8("-p"), Bytes.utf8("/x"), Bytes.utf8("ls")), false);
    }

    private static Connection connection(int pid, long uid) {
        return new Connection(-1, uid, 100, pid, new Caller(uid, 100, List.of()));
    }

    /** All lines, without what differs from run to run and the place, which is always the same. */
    private List<String> lines() throws IOException {
        log.close();
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("\"time\":\"[^\"]*\",", "")
                        .replaceFirst("\"template\":\"deb\",\"clone\":\"deb_5\",\"session\":\"build\",", "")
                        .replaceFirst(",\"elapsed_ms\":[0-9]+", ""))
                .toList();
    }

    private void runs(long command, Optional<Frame.Finished> told) {
        Connection client = connection(1, 1000);
        trail.enters(client, request, SessionTest.BUILD, command);
        trail.gone(client, told);
    }

    private static Frame.Finished told(Optional<Frame.Outcome> end, Optional<String> failure, int roots) {
        return new Frame.Finished(end, 1_000, 2_000, 3, failure.map(Bytes::utf8), OptionalLong.of(1), roots);
    }

    @Test
    void a_sessions_command_has_its_end_and_what_it_used() throws IOException {
        runs(1, Optional.of(told(Optional.of(new Frame.Outcome.Exited(3)), Optional.empty(), 0)));
        runs(2, Optional.of(told(Optional.of(new Frame.Outcome.Killed(9)), Optional.empty(), 1)));
        runs(3, Optional.of(told(Optional.empty(), Optional.of("cannot run x: no"), 0)));
        runs(4, Optional.empty());
        String start = "{\"event\":\"start\",\"uid\":1000,\"gid\":100,\"pid\":1,\"command\":%d,\"chdir\":\"/x\"}";
        String end = "{\"event\":\"end\",\"uid\":1000,\"gid\":100,\"pid\":1,\"command\":";
        String usage = ",\"user_ms\":1,\"system_ms\":2,\"max_rss_kib\":3}";
        assertEquals(
                List.of(
                        String.format(start, 1),
                        end + "1,\"exit\":3" + usage,
                        String.format(start, 2),
                        end + "2,\"exit\":137,\"signal\":9,\"own_hooks\":true" + usage,
                        String.format(start, 3),
                        end + "3,\"failed\":\"cannot run x: no\"}",
                        String.format(start, 4),
                        end + "4}"),
                lines());
    }

    @Test
    void a_listener_is_named_by_process_and_user() throws IOException {
        trail.refused(connection(LISTENER, WWW), new RefusedException("one"));
        trail.refused(connection(LISTENER, 1000), new RefusedException("two"));
        trail.refused(connection(LISTENER + 1, WWW), new RefusedException("three"));
        assertEquals(
                List.of(
                        "{\"event\":\"refusal\",\"uid\":33,\"gid\":100,\"pid\":7,\"listener\":\"web\",\"reason\":\"one\"}",
                        "{\"event\":\"refusal\",\"uid\":1000,\"gid\":100,\"pid\":7,\"reason\":\"two\"}",
                        "{\"event\":\"refusal\",\"uid\":33,\"gid\":100,\"pid\":8,\"reason\":\"three\"}"),
                lines());
    }
}
