package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A root for each connection, and the connection as what the command reads and writes. */
@InWorkshop(with = Client.C)
class ConnectionsTest {
    private final Workshop workshop;

    ConnectionsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private Listening on(String address, List<String> words) {
        List<String> all = new ArrayList<>(List.of("--tcp", address));
        all.addAll(words);
        return Listening.start(workshop, all.toArray(new String[0]));
    }

    private static String answer(Peer peer, String question) {
        try (peer) {
            return peer.says(question).saysNothingMore().hears();
        }
    }

    @Test
    void a_connection_is_what_the_command_reads_and_writes() {
        try (Listening listening = Listening.tcp(workshop, "--", "cat")) {
            assertEquals("hello\n", answer(listening.connect(), "hello\n"));
            try (Peer peer = listening.connect()) {
                assertEquals("one", peer.says("one").hears(3));
                assertEquals("two", peer.says("two").hears(3));
            }
            listening.logs("ended with 0", 2);
        }
    }

    @Test
    void a_socket_of_the_file_system_does_as_well() throws Exception {
        Path path = workshop.work().resolve("echo.sock");
        try (Listening listening =
                Listening.start(workshop, "--unix", path.toString(), "--mode", "0600", "--", "cat")) {
            assertEquals("hello\n", answer(Peer.to(path), "hello\n"));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            // Those who run the tests as root connect as root.
            listening.logs("mayfly: uid ");
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void who_says_nothing_more_still_gets_his_answer() {
        try (Listening listening = Listening.tcp(workshop, "--", "sh", "-c", "n=$(wc -c); sleep 0.2; echo $n")) {
            assertEquals("5\n", answer(listening.connect(), "12345"));
        }
    }

    @Test
    void the_commands_end_is_the_connections() {
        try (Listening listening = Listening.tcp(workshop, "--", "sh", "-c", "echo bye; exit 3");
                Peer peer = listening.connect()) {
            assertEquals("bye\n", peer.hears());
            listening.logs("ended with 3");
        }
    }

    @Test
    void what_a_command_leaves_running_does_not_keep_its_connection() {
        try (Listening listening = Listening.tcp(workshop, "--", "sh", "-c", "sleep 1000 & echo bye");
                Peer peer = listening.connect()) {
            assertEquals("bye\n", peer.hears());
        }
    }

    @Test
    void no_connection_sees_what_another_has_done() {
        try (Listening listening = Listening.tcp(
                workshop,
                "--",
                "sh",
                "-c",
                "ls /tmp/mark 2>/dev/null; read word; echo $word >/tmp/mark; cat /tmp/mark")) {
            assertEquals("one\n", answer(listening.connect(), "one\n"));
            assertEquals("two\n", answer(listening.connect(), "two\n"));
        }
    }

    @Test
    void the_peers_address_is_a_variable_for_whoever_asks() {
        String[] command = {"--", "sh", "-c", "env | grep -E '^(REMOTE|SERVER)_' | sort"};
        try (Listening listening = Listening.tcp(workshop, command)) {
            assertEquals("", answer(listening.connect(), ""));
        }
        List<String> words = new ArrayList<>();
        for (String name : List.of("REMOTE_ADDR", "REMOTE_PORT", "SERVER_ADDR", "SERVER_PORT")) {
            words.addAll(List.of("-v", name));
        }
        words.addAll(List.of(command));
        try (Listening listening = on("127.0.0.1:0", words);
                Peer peer = listening.connect()) {
            assertEquals(
                    "REMOTE_ADDR=127.0.0.1\nREMOTE_PORT=" + peer.port() + "\nSERVER_ADDR=127.0.0.1\nSERVER_PORT="
                            + listening.port() + "\n",
                    peer.hears());
        }
        try (Listening listening = on("[::1]:0", words);
                Peer peer = Peer.to("::1", listening.port(), "::1")) {
            assertTrue(peer.hears().startsWith("REMOTE_ADDR=::1\n"));
        }
        // Who listens at all addresses gets IPv4 as IPv4.
        try (Listening listening = on("*:0", words);
                Peer peer = listening.connect()) {
            assertTrue(peer.hears().startsWith("REMOTE_ADDR=127.0.0.1\n"));
        }
    }

    @Test
    void the_command_has_its_three_descriptors_and_no_others() {
        try (Listening listening =
                        Listening.tcp(workshop, "--", "sh", "-c", "ls /proc/self/fd; readlink /proc/$$/fd/0");
                Peer peer = listening.connect()) {
            String answer = peer.hears();
            assertTrue(answer.startsWith("0\n1\n2\n3\nsocket:"), answer); // 3 is the directory itself
        }
    }

    @Test
    @Against(Attack.FORGED_LINES)
    void errors_go_where_they_are_wanted() {
        String[] command = {"--", "sh", "-c", "printf 'one\\033[1m\\ntwo' >&2; [ -t 2 ] || true"};
        try (Listening listening = Listening.tcp(workshop, command);
                Peer peer = listening.connect()) {
            assertEquals("", peer.hears());
            listening.logs(":" + peer.port() + ": | one?[1m\n");
            listening.logs(":" + peer.port() + ": | two\n");
        }
        try (Listening listening = Listening.tcp(workshop, "--stderr", "connection", "--", "sh", "-c", "echo x >&2");
                Peer peer = listening.connect()) {
            assertEquals("x\n", peer.hears());
        }
        try (Listening listening = Listening.tcp(workshop, "--stderr", "none", "--", "sh", "-c", "echo x >&2; echo y");
                Peer peer = listening.connect()) {
            assertEquals("y\n", peer.hears());
            listening.logs("ended with 0");
            assertEquals(0, listening.lines("| x"));
        }
    }

    @Test
    void an_endless_flood_of_errors_neither_fills_the_log_nor_stops_the_command() {
        try (Listening listening =
                        Listening.tcp(workshop, "--", "sh", "-c", "yes >&2 & yes >&2 & head -c 3; kill %1 %2");
                Peer peer = listening.connect()) {
            Eventually.holds("the flood begins", () -> listening.lines("| y") > 100);
            assertEquals("abc", peer.says("abc").hears());
            listening.logs("ended with");
            assertTrue(listening.lines("| y") <= 1000, String.valueOf(listening.lines("| y")));
        }
    }

    @Test
    void after_its_end_nobody_connects_and_who_is_served_stays() {
        Listening listening = Listening.tcp(workshop, "--", "cat");
        try (Peer peer = listening.connect()) {
            assertEquals("one", peer.says("one").hears(3));
            int port = listening.port();
            listening.signal("TERM");
            Eventually.holds("nobody listens at port " + port, () -> {
                try (Peer late = Peer.to(port)) {
                    return false;
                } catch (UncheckedIOException e) {
                    return String.valueOf(e.getMessage()).contains("refused");
                }
            });
            assertEquals("two", peer.says("two").hears(3));
            assertEquals("", peer.saysNothingMore().hears());
        }
        listening.await().exits(0);
    }

    @Test
    void a_second_signal_ends_all() {
        Listening listening = Listening.tcp(workshop, "--", "cat");
        try (Peer peer = listening.connect()) {
            assertEquals("one", peer.says("one").hears(3));
            listening.signal("TERM");
            listening.signal("INT");
            assertEquals("", peer.hears());
        }
        listening.await().exits(0);
    }
}
