package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Superserver;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** {@code [listen.NAME]}: the service has listeners of its own. */
@InWorkshop(with = Client.C)
class ConfiguredTest {
    private static final Pattern SERVED =
            Pattern.compile("\"name\":\"echo\",\"state\":\"listening\",.*?\"served\":(\\d+)");
    /** Longer than the pauses after some deaths. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int PORT = Superserver.freePort();

    private final Workshop workshop;
    private final Path path;

    ConfiguredTest(Workshop workshop) {
        this.workshop = workshop;
        path = workshop.work().resolve("echo.sock");
        workshop.configured("""
                [listen.echo]
                tcp = ["127.0.0.1:%d"]
                unix = ["%s"]
                max = 20
                user = "%s"
                options = ["-v", "WORD=a b"]
                command = ["sh", "-c", "echo $(id -u) $WORD; exec cat"]
                """.formatted(PORT, path, workshop.account().name()));
    }

    private List<ProcessTable.Entry> listeners() {
        return ProcessTable.about(path).stream()
                .filter(entry -> entry.words().contains("--managed"))
                .toList();
    }

    private String status() {
        return workshop.subcommand("pool", "status", "--json").run().succeeds();
    }

    private long served() {
        Matcher served = SERVED.matcher(status());
        return served.find() ? Long.parseLong(served.group(1)) : -1;
    }

    private void listens() {
        Eventually.holds("it listens", PATIENCE, () -> status().contains("\"name\":\"echo\",\"state\":\"listening\""));
    }

    private void serves(Peer peer) {
        try (peer) {
            assertEquals(
                    workshop.account().uid() + " a b\nhello",
                    peer.says("hello").saysNothingMore().hears());
        }
    }

    @Test
    void the_service_listens_as_the_named_user() {
        workshop.service();
        listens();
        long before = served();
        serves(Peer.to(PORT));
        serves(Peer.to(path));
        // What came before may have been counted late.
        Eventually.holds("both are counted", () -> served() >= before + 2);
        String table = workshop.subcommand("pool", "status").run().succeeds();
        assertTrue(
                Pattern.compile("^LISTENER +STATE +CONNECTIONS +SERVED +REFUSED\necho +listening +[0-9]+ +"
                                + "[1-9][0-9]*")
                        .matcher(table.substring(table.indexOf("LISTENER")))
                        .find(),
                table);
        long uid = ProcessTable.number(listeners().get(0).pid(), "Uid");
        assertEquals(workshop.account().uid(), uid);
    }

    @Test
    void a_listener_that_dies_is_started_again() {
        workshop.service();
        listens();
        long first = listeners().get(0).pid();
        ProcessHandle.of(first).ifPresent(ProcessHandle::destroyForcibly);
        Eventually.holds(
                "another one listens",
                PATIENCE,
                () -> listeners().stream().allMatch(listener -> listener.pid() != first)
                        && status().contains("\"name\":\"echo\",\"state\":\"listening\""));
        assertEquals(1, listeners().size());
        serves(Peer.to(PORT));
    }

    @Test
    void a_killed_services_connections_go_on_and_new_ones_wait_for_the_next() {
        workshop.service();
        listens();
        String greeting = workshop.account().uid() + " a b\n";
        long first = listeners().get(0).pid();
        try (Peer running = Peer.to(PORT)) {
            assertEquals(greeting, running.hears(greeting.length()));
            workshop.service().kill();
            assertEquals("one", running.says("one").hears(3));
            long before = ProcessTable.ticks(first);
            try (Peer waiting = Peer.to(PORT)) {
                workshop.startAgain();
                sleeps(first, before);
                assertEquals(greeting, waiting.hears(greeting.length()));
            }
            // From one listener to the next, nobody is turned away.
            Eventually.holds("the next one listens", () -> {
                serves(Peer.to(PORT));
                return listeners().size() == 2 && status().contains("\"name\":\"echo\",\"state\":\"listening\"");
            });
            assertEquals("two", running.says("two").hears(3));
        }
        Eventually.holds("the first one is gone", () -> {
            serves(Peer.to(PORT));
            return listeners().size() == 1;
        });
        serves(Peer.to(path));
    }

    @Test
    void the_services_end_is_the_listeners_end_and_no_connections() {
        workshop.service();
        listens();
        String greeting = workshop.account().uid() + " a b\n";
        try (Peer running = Peer.to(PORT)) {
            assertEquals(greeting, running.hears(greeting.length()));
            long listener = listeners().get(0).pid();
            workshop.service().stop();
            assertEquals("one", running.says("one").hears(3));
            long before = ProcessTable.ticks(listener);
            workshop.startAgain();
            listens();
            sleeps(listener, before);
            assertEquals("two", running.says("two").hears(3));
        }
        Eventually.holds("one listener is left", () -> listeners().size() == 1);
    }

    /** The start of a service takes longer by far. */
    private static void sleeps(long pid, long before) {
        long had = ProcessTable.ticks(pid) - before;
        assertTrue(had < 20, had + " ticks of the processor");
    }

    @Test
    void a_socket_of_another_programs_stays_its_own() throws IOException {
        workshop.service().stop();
        Eventually.holds("no listener is left", () -> listeners().isEmpty());
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            workshop.startAgain();
            Eventually.holds("it is in the log", () -> workshop.service()
                    .log()
                    .contains("the listener echo has ended: cannot listen on " + path + ": Address in use"));
            try (SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                assertTrue(peer.isConnected());
            }
        }
        listens();
        serves(Peer.to(path));
    }

    @Test
    void an_address_in_use_is_the_listeners_trouble_alone() throws IOException {
        workshop.service().stop();
        Eventually.holds("no listener is left", () -> listeners().isEmpty());
        try (ServerSocket other = new ServerSocket(PORT, 1, InetAddress.getLoopbackAddress())) {
            workshop.startAgain();
            Eventually.holds("it is in the log", () -> workshop.service()
                    .log()
                    .contains("the listener echo has ended: cannot listen on 127.0.0.1:" + PORT + ": Address in use"));
            assertTrue(status().contains("\"name\":\"echo\",\"state\":\"failed\""));
            assertEquals("fine", workshop.prints("echo", "fine"));
        }
        listens();
        serves(Peer.to(PORT));
    }
}
