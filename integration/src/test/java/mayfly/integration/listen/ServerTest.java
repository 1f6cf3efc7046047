package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Superserver;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** {@code --pass-listener}: one command gets the listening sockets, when somebody connects, and accepts by itself. */
@InWorkshop(with = Client.C)
class ServerTest {
    private static final String ONCE = """
            import os, socket
            assert os.environ["LISTEN_PID"] == str(os.getpid())
            names = os.environ["LISTEN_FDNAMES"]
            for fd in range(3, 3 + int(os.environ["LISTEN_FDS"])):
                assert socket.socket(fileno=os.dup(fd)).getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
            connection, _ = socket.socket(fileno=3).accept()
            stale = os.path.exists("/tmp/mark")
            open("/tmp/mark", "w").close()
            connection.sendall(f"{os.environ['LISTEN_FDS']} {names} {stale}".encode())
            """;

    private final Workshop workshop;

    ServerTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void the_command_is_started_by_the_first_connection_and_again_by_the_next() {
        Path path = workshop.work().resolve("s.sock");
        try (Listening listening =
                Listening.tcp(workshop, "--unix", path.toString(), "--pass-listener", "--", "python3", "-c", ONCE)) {
            AtomicInteger descriptors = new AtomicInteger();
            assertEquals(0, listening.lines("the command is started"));
            for (int i = 1; i <= 3; i++) {
                try (Peer peer = listening.connect()) {
                    assertEquals("2 listen:listen False", peer.hears());
                }
                listening.logs("ended with 0", i);
                if (i == 1) {
                    Eventually.holds("the first one's are closed", () -> {
                        int before = descriptors.getAndSet(ProcessTable.descriptors(listening.pid()));
                        return before == descriptors.get();
                    });
                }
                assertEquals(i, listening.lines("the command is started for 2 listening sockets"));
            }
            Eventually.holds(
                    descriptors + " are open again",
                    () -> ProcessTable.descriptors(listening.pid()) == descriptors.get());
        }
    }

    @Test
    void nginx_accepts_by_itself() {
        String configuration = """
                daemon off; pid /tmp/nginx.pid; error_log stderr;%s
                events {}
                http {
                    access_log off;
                    client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
                    uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
                    server { listen 127.0.0.1:%d; location / { return 200 "hello"; } }
                }
                """;
        int port = Superserver.freePort();
        String user = workshop.identity() == Identity.ROOT ? " user root;" : "";
        Path file = workshop.write("nginx.conf", configuration.formatted(user, port));
        try (Listening listening = Listening.start(
                workshop,
                "--tcp",
                "127.0.0.1:" + port,
                "--pass-listener",
                "-v",
                "NGINX=3;",
                "--",
                "nginx",
                "-e",
                "stderr",
                "-c",
                file.toString())) {
            for (int i = 0; i < 5; i++) {
                try (Peer peer = listening.connect()) {
                    String answer = peer.says("GET / HTTP/1.0\r\n\r\n").hears();
                    assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n") && answer.endsWith("\r\n\r\nhello"), answer);
                }
            }
            assertEquals(1, listening.lines("the command is started for 1 listening sockets"));
        }
    }

    @Test
    void a_command_that_fails_is_started_again_after_longer_and_longer_pauses() {
        try (Listening listening = Listening.tcp(workshop, "--pass-listener", "--", "false");
                Peer peer = listening.connect()) {
            listening.logs("the command is not started again for 1 s\n");
            listening.logs("the command is not started again for 2 s\n");
            assertTrue(listening.lines("ended with 1") <= 3);
        }
    }

    @Test
    void a_command_that_takes_no_connection_does_not_take_the_processor() {
        try (Listening listening = Listening.tcp(workshop, "--pass-listener", "--", "true");
                Peer peer = listening.connect()) {
            listening.logs("the command is not started again for 1 s\n");
            assertTrue(listening.lines("ended with 0") <= 60, listening.log());
        }
    }

    @Test
    void the_command_is_told_when_listening_ends() {
        Listening listening = Listening.tcp(workshop, "--pass-listener", "--", "python3", "-c", """
                import signal, socket, sys
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(42))
                connection, _ = socket.socket(fileno=3).accept()
                connection.sendall(b"ready")
                signal.pause()
                """);
        try (Peer peer = listening.connect()) {
            assertEquals("ready", peer.hears(5));
            listening.signal("TERM");
            assertEquals("", peer.hears());
        }
        listening.await().exits(0);
        assertTrue(
                Pattern.compile("ended with 42 after").matcher(listening.log()).find(), listening.log());
    }

    @Test
    void a_command_that_does_not_listen_when_it_is_told_is_ended() {
        Listening listening = Listening.tcp(workshop, "--pass-listener", "--", "python3", "-c", """
                import signal, socket
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                connection, _ = socket.socket(fileno=3).accept()
                connection.sendall(b"ready")
                while True:
                    signal.pause()
                """);
        try (Peer peer = listening.connect()) {
            assertEquals("ready", peer.hears(5));
            listening.signal("TERM");
            assertEquals("", peer.hears());
        }
        listening.await().exits(0);
        assertEquals(1, listening.lines("ended: listening has ended, and the command has not"));
    }

    @Test
    void a_socket_that_the_command_has_shut_down_ends_listening() {
        Path path = workshop.work().resolve("shut.sock");
        for (String how : List.of("SHUT_RD", "SHUT_RDWR")) {
            String script = "import socket\ns = socket.socket(fileno=3); s.accept(); s.shutdown(socket." + how + ")";
            Listening tcp = Listening.tcp(workshop, "--pass-listener", "--", "python3", "-c", script);
            Listening unix = Listening.start(
                    workshop, "--unix", path.toString(), "--pass-listener", "--", "python3", "-c", script);
            tcp.connect().close();
            Peer.to(path).close();
            tcp.await().exits(125);
            unix.await().exits(125);
            String message = "cannot listen on %s: the socket has been shut down";
            assertEquals(1, tcp.lines(message.formatted("127.0.0.1:" + tcp.port())), tcp.log());
            assertEquals(1, unix.lines(message.formatted(path)), unix.log());
        }
    }

    @Test
    void what_takes_too_long_is_ended() {
        try (Listening listening = Listening.tcp(workshop, "--pass-listener", "--time", "1", "--", "sleep", "1000");
                Peer peer = listening.connect()) {
            Eventually.holds("its time is over", () -> listening.lines("ended: its 1 s are over (--time)") == 1);
        }
    }
}
