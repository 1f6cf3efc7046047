package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class LogTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Log log = new Log(new PrintStream(out, true, StandardCharsets.UTF_8));

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_message_is_one_line_whatever_is_in_it() {
        log.line("a\nmayfly: forged \u001b[2J");
        assertEquals("mayfly: a\\nmayfly: forged \\u001b[2J\n", written());
    }

    @Test
    void what_clients_do_keeps_nothing_of_the_services_own_from_it() {
        for (int i = 0; i < 100_000; i++) {
            log.client("x");
        }
        log.line("own");
        assertTrue(written().endsWith("mayfly: own\n"), written());
    }

    @Test
    void nobody_can_fill_the_log() {
        for (int i = 0; i < 100_000; i++) {
            log.line("x".repeat(10_000));
        }
        assertTrue(written().length() < 100_000);
    }
}
