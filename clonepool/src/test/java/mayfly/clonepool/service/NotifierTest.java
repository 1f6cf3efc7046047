package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

/** What is sent, the integration tests read at a real socket. */
final class NotifierTest {
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final Log log = new Log(new PrintStream(lines, true, StandardCharsets.UTF_8));

    private Notifier notifier(Map<String, String> environment) throws Exception {
        return Notifier.of(environment, 7, log);
    }

    @Test
    void without_a_manager_there_is_nothing_to_do() throws Exception {
        Notifier notifier = notifier(Map.of("WATCHDOG_USEC", "1000"));
        notifier.ready(() -> "fine");
        assertEquals(Long.MAX_VALUE, notifier.left(System.nanoTime()));
    }

    @Test
    void a_sign_of_life_is_due_at_half_of_the_time() throws Exception {
        Notifier notifier = notifier(Map.of("NOTIFY_SOCKET", "/no/where", "WATCHDOG_USEC", "4000000000"));
        notifier.ready(() -> "fine");
        long now = System.nanoTime();
        assertEquals(0, notifier.left(now));
        notifier.tick(now);
        assertEquals(2_000_000_000_000L, notifier.left(now));
    }

    @Test
    void a_watchdog_of_another_process_is_none() throws Exception {
        Notifier notifier =
                notifier(Map.of("NOTIFY_SOCKET", "/no/where", "WATCHDOG_USEC", "1000", "WATCHDOG_PID", "8"));
        notifier.ready(() -> "fine");
        assertEquals(Long.MAX_VALUE, notifier.left(System.nanoTime()));
    }

    @Test
    void a_manager_that_is_not_there_is_complained_of_and_nothing_else() throws Exception {
        notifier(Map.of("NOTIFY_SOCKET", "/no/where")).ready(() -> "fine");
        assertTrue(
                lines.toString(StandardCharsets.UTF_8)
                        .contains("cannot tell the service manager: No such file or directory (/no/where)"),
                lines.toString(StandardCharsets.UTF_8));
    }

    @Test
    void variables_that_say_nothing_are_refused() {
        assertEquals(
                "cannot tell the service manager: NOTIFY_SOCKET names no Unix socket: vsock:2:1",
                assertThrows(RefusedException.class, () -> notifier(Map.of("NOTIFY_SOCKET", "vsock:2:1")))
                        .getMessage());
        assertEquals(
                "cannot tell the service manager: WATCHDOG_USEC is no time: soon",
                assertThrows(
                                RefusedException.class,
                                () -> notifier(Map.of("NOTIFY_SOCKET", "@x", "WATCHDOG_USEC", "soon")))
                        .getMessage());
    }
}
