package mayfly.clonepool.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.config.AuditConfiguration;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {
    private final Path file;
    private final BlockingQueue<String> complaints = new LinkedBlockingQueue<>();

    AuditLogTest(@TempDir Path place) {
        file = place.resolve("audit.log");
    }

    private AuditConfiguration to(Path path) {
        return new AuditConfiguration(false, Optional.of(path), 1 << 20, 2, Optional.of(false));
    }

    private AuditLog log(AuditConfiguration configuration) {
        return new AuditLog(configuration, false, complaints::add);
    }

    private static Entry refusal(String message) {
        return refusal(1, message);
    }

    private static Entry refusal(long uid, String message) {
        return new Entry.Refusal(0, new Who(uid, uid, uid, 1, Optional.empty()), Words.none(), message);
    }

    private static String complaint(BlockingQueue<String> complaints) throws InterruptedException {
        return Optional.ofNullable(complaints.poll(30, TimeUnit.SECONDS)).orElse("none within 30 s");
    }

    private List<String> reasons() throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst(".*\"event\":\"lost\",\"lines\":(\\d+).*", "lost $1")
                        .replaceFirst(".*\"reason\":\"(.*)\"}", "$1"))
                .toList();
    }

    private static void await(String what, java.util.concurrent.Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, what);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    @Test
    void what_was_added_is_written_when_the_log_is_woken_or_closed() throws Exception {
        try (AuditLog log = log(to(file))) {
            log.add(refusal("one"));
            log.add(refusal("two"));
            log.wake();
            await("they are written", () -> Files.exists(file) && reasons().size() == 2);
            log.add(refusal("three"));
        }
        assertEquals(List.of("one", "two", "three"), reasons());
    }

    @Test
    void trouble_is_told_once_and_how_many_lines_it_cost_afterwards() throws Exception {
        Path missing = file.resolveSibling("a/b/audit.log");
        try (AuditLog log = log(to(missing))) {
            log.add(refusal("one"));
            log.wake();
            assertEquals(
                    "cannot write the audit log " + missing
                            + ": No such file or directory; lines are lost, and counted there",
                    complaint(complaints));
            Files.createDirectory(file.resolveSibling("a"));
            log.add(refusal("two"));
            log.wake();
            assertEquals("the audit log " + missing + " is written again", complaint(complaints));
        }
        String text = Files.readString(missing);
        assertTrue(
                text.matches("(?s)\\{\"time\":\"[^\"]*\",\"event\":\"lost\",\"lines\":1}\n.*\"reason\":\"two\"}\n"),
                text);
        assertTrue(complaints.isEmpty());
    }

    @Test
    void a_file_that_hangs_keeps_nobody_waiting_and_what_there_is_no_room_for_is_counted() throws Exception {
        Files.createFile(file);
        int fd = Descriptors.open(NativePath.bytes(file), Kernel.O_RDONLY, 0);
        AuditLog log = log(to(file));
        int added = 20_000;
        try {
            assertTrue(Descriptors.tryLock(fd));
            for (int i = 0; i < added; i++) {
                log.add(refusal("x"));
                log.wake();
            }
            assertTrue(complaint(complaints).contains("another program has locked it"));
        } finally {
            Descriptors.close(fd);
        }
        log.add(refusal(2, "last")); // the first one's share may be full
        log.wake();
        await("it is written again", () -> reasons().contains("last"));
        log.close();
        long told = reasons().stream()
                .filter(reason -> reason.startsWith("lost "))
                .mapToLong(reason -> Long.parseLong(reason.substring(5)))
                .sum();
        long written = reasons().stream().filter(reason -> reason.equals("x")).count();
        assertEquals(added, told + written);
        assertTrue(told > 0);
    }

    @Test
    void another_file_takes_what_comes_after_the_change() throws Exception {
        Path other = file.resolveSibling("other.log");
        try (AuditLog log = log(to(file))) {
            log.add(refusal("one"));
            log.wake();
            await("it is written", () -> Files.exists(file) && reasons().size() == 1);
            log.change(to(other));
            log.add(refusal("two"));
            log.wake();
            await("that too", () -> Files.exists(other) && Files.size(other) > 0);
            log.change(new AuditConfiguration(true, Optional.of(file), 1 << 20, 2, Optional.of(true)));
            assertFalse(log.isOn());
            log.add(refusal("three"));
        }
        assertEquals(List.of("one"), reasons());
    }

    @Test
    void a_users_own_service_has_none_unless_it_is_told_where() {
        AuditConfiguration nothing = AuditConfiguration.defaults();
        assertFalse(nothing.at(false).isOn());
        assertTrue(nothing.at(true).isOn());
        assertTrue(nothing.at(true).isAtUsualPlace());
        assertEquals(Optional.of(true), nothing.at(true).journal());
        assertEquals(
                Optional.of(Path.of("/var/log/mayfly/audit.log")),
                nothing.at(true).file());
        assertEquals(Optional.of(file), to(file).at(true).file());
        assertFalse(to(file).at(true).isAtUsualPlace());
    }
}
