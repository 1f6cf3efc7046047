package mayfly.clonepool.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {
    /** Says that it is there, then each message that comes, as Python writes it, or takes none. */
    private static final String DAEMON = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1])
            print('there', flush=True)
            if sys.argv[2] == 'deaf':
                sys.stdin.read()
            while True:
                print(ascii(s.recv(65536)), flush=True)
            """;

    private final Path journal;
    private final Path syslog;

    JournalTest(@TempDir Path place) {
        journal = place.resolve("journal");
        syslog = place.resolve("log");
    }

    private static Process daemon(Path socket, String how) throws IOException {
        Process process = new ProcessBuilder("python3", "-c", DAEMON, socket.toString(), how).start();
        assertEquals("there", process.inputReader().readLine());
        return process;
    }

    private Journal to() {
        return new Journal(NativePath.bytes(journal), NativePath.bytes(syslog));
    }

    private static byte[] line(String text) {
        return (text + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void each_line_is_a_message_of_the_native_protocol() throws IOException {
        Process daemon = daemon(journal, "hears");
        try (BufferedReader heard = daemon.inputReader()) {
            Journal to = to();
            to.send(List.of(line("{\"a\":1}"), line("{}")));
            assertEquals(2, to.sent());
            String fields = "PRIORITY=6\\nSYSLOG_FACILITY=10\\nSYSLOG_IDENTIFIER=mayfly-audit\\nMESSAGE=";
            assertEquals("b'" + fields + "{\"a\":1}\\n'", heard.readLine());
            assertEquals("b'" + fields + "{}\\n'", heard.readLine());
        } finally {
            daemon.destroyForcibly();
        }
    }

    @Test
    void without_a_journal_they_go_to_the_syslog_daemon() throws IOException {
        Process daemon = daemon(syslog, "hears");
        try (BufferedReader heard = daemon.inputReader()) {
            to().send(List.of(line("{\"a\":1}")));
            assertEquals("b'<86>mayfly-audit: {\"a\":1}'", heard.readLine());
        } finally {
            daemon.destroyForcibly();
        }
    }

    @Test
    void a_line_that_is_too_long_for_a_message_is_cut_and_the_next_ones_come() throws IOException {
        Process daemon = daemon(syslog, "hears");
        try (BufferedReader heard = daemon.inputReader()) {
            Journal to = to();
            to.send(List.of(line("x".repeat(1 << 20)), line("{\"a\":1}")));
            assertEquals(2, to.sent());
            assertTrue(heard.readLine().startsWith("b'<86>mayfly-audit: xxx"));
            assertEquals("b'<86>mayfly-audit: {\"a\":1}'", heard.readLine());
        } finally {
            daemon.destroyForcibly();
        }
    }

    @Test
    void without_either_they_go_nowhere() throws IOException {
        Journal to = to();
        to.send(List.of(line("{}")));
        assertEquals(1, to.sent());
    }

    @Test
    void one_that_takes_nothing_is_not_waited_for_long() throws IOException {
        Process daemon = daemon(journal, "deaf");
        try {
            Journal to = to();
            List<byte[]> many = Collections.nCopies(100_000, line("{}"));
            IOException failure = assertThrows(IOException.class, () -> to.send(many));
            assertEquals("it takes nothing more", failure.getMessage());
            assertTrue(to.sent() > 0 && to.sent() < many.size(), "sent " + to.sent());
        } finally {
            daemon.destroyForcibly();
        }
    }
}
