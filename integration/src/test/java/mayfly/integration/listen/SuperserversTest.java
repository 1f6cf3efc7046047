package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Superserver;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/**
 * Other programs accept, and have {@code mayfly} serve each connection: inetd, xinetd, tcpserver, socat, and systemd's with
 * Accept=yes or with the listening socket. Root's alone may choose their users.
 */
@InWorkshop(as = Identity.ROOT, with = Client.C)
class SuperserversTest {
    /** Leaves a mark, says whether there was one, and gives back what it reads. */
    private static final String SCRIPT = "[ -e /tmp/mark ] && echo stale; : >/tmp/mark; echo $REMOTE_ADDR; cat";

    private final Workshop workshop;
    private final String mayfly;
    private final int port = Superserver.freePort();

    SuperserversTest(Workshop workshop) {
        this.workshop = workshop;
        mayfly = workshop.host().mayfly().toString();
    }

    private Superserver start(List<String> words) {
        workshop.service();
        return Superserver.start(workshop.runtime(), workshop.directory().resolve("superserver.log"), port, words);
    }

    private void serves(String first) {
        for (int i = 0; i < 5; i++) {
            try (Peer peer = Peer.to(port)) {
                assertEquals(
                        first + "\nhello\n",
                        peer.says("hello\n").saysNothingMore().hears());
            }
        }
    }

    /** A table's line has words without quotation marks: the command is in a file. */
    private Path script() {
        return workshop.script(
                "serve-one",
                "#!/bin/sh\nMAYFLY_RUNTIME_DIR=" + workshop.runtime() + " exec " + mayfly
                        + " -v REMOTE_ADDR:none -- sh -c '" + SCRIPT + "'\n");
    }

    @Test
    void inetd() {
        Path table = workshop.write(
                "inetd.conf", "127.0.0.1:" + port + " stream tcp nowait root " + script() + " serve-one\n");
        try (Superserver server = start(List.of("inetd", "-i", table.toString()))) {
            serves("none");
        }
    }

    @Test
    void inetd_without_a_script() {
        Path table = workshop.write(
                "inetd.conf",
                "127.0.0.1:" + port + " stream tcp nowait root " + mayfly + " mayfly -v REMOTE_ADDR:none -- cat\n");
        try (Superserver server = start(List.of("inetd", "-i", "-E", table.toString()));
                Peer peer = Peer.to(port)) {
            assertEquals("hello\n", peer.says("hello\n").saysNothingMore().hears());
        }
    }

    /** The package is in the way of every other inetd's: it is only unpacked. */
    private Path xinetd() {
        Path directory = Directories.of(workshop.account(), workshop.work().resolve("xinetd"));
        Tool.output(
                "sh",
                "-ec",
                "cd \"$1\"; if command -v xinetd; then ln -s \"$(command -v xinetd)\" program; else "
                        + "apt-get -q download xinetd; dpkg -x xinetd_*.deb .; ln -s usr/sbin/xinetd program; fi",
                "sh",
                directory.toString());
        return directory.resolve("program");
    }

    @Test
    void xinetd_passes_the_peers_address_on() {
        Path table = workshop.write("xinetd.conf", """
                service web
                {
                    type = UNLISTED
                    socket_type = stream
                    protocol = tcp
                    port = %d
                    bind = 127.0.0.1
                    wait = no
                    user = root
                    server = %s
                    server_args = -v REMOTE_HOST -- sh -c env;cat
                    env = MAYFLY_RUNTIME_DIR=%s
                    instances = 10
                }
                """.formatted(port, mayfly, workshop.runtime()));
        try (Superserver server = start(
                        List.of(xinetd().toString(), "-dontfork", "-f", table.toString(), "-filelog", "/dev/null"));
                Peer peer = Peer.to(port)) {
            String heard = peer.says("hello\n").saysNothingMore().hears();
            assertEquals(
                    List.of("REMOTE_HOST=127.0.0.1"),
                    heard.lines()
                            .filter(line -> line.startsWith("REMOTE_HOST="))
                            .toList());
            assertEquals(List.of("hello"), heard.lines().filter("hello"::equals).toList());
        }
    }

    @Test
    void tcpserver() {
        List<String> words = new ArrayList<>(List.of("tcpserver", "-RHl0", "127.0.0.1", String.valueOf(port)));
        words.addAll(
                List.of(mayfly, "-v", "TCPREMOTEIP", "--", "sh", "-c", SCRIPT.replace("REMOTE_ADDR", "TCPREMOTEIP")));
        try (Superserver server = start(words)) {
            serves("127.0.0.1");
        }
    }

    @Test
    void socat() {
        Path script = workshop.script(
                "one",
                "#!/bin/sh\nexec " + mayfly + " -v SOCAT_PEERADDR -- sh -c '"
                        + SCRIPT.replace("REMOTE_ADDR", "SOCAT_PEERADDR") + "'\n");
        try (Superserver server = start(List.of(
                "socat", "TCP-LISTEN:" + port + ",bind=127.0.0.1,reuseaddr,fork", "EXEC:" + script + ",nofork"))) {
            serves("127.0.0.1");
        }
    }

    private List<String> systemd(String... words) {
        List<String> all = new ArrayList<>(List.of("systemd-socket-activate", "-l", "127.0.0.1:" + port));
        all.addAll(List.of("--setenv=MAYFLY_RUNTIME_DIR", "--setenv=REMOTE_ADDR=127.0.0.1"));
        all.addAll(List.of(words));
        return all;
    }

    @Test
    void systemd_with_a_process_for_each_connection() {
        try (Superserver server =
                start(systemd("--accept", "--inetd", mayfly, "-v", "REMOTE_ADDR", "--", "sh", "-c", SCRIPT))) {
            serves("127.0.0.1");
        }
    }

    @Test
    void systemd_with_the_listening_socket() {
        try (Superserver server = start(systemd(mayfly, "listen", "-v", "REMOTE_ADDR", "--", "sh", "-c", SCRIPT))) {
            serves("127.0.0.1");
        }
    }

    @Test
    void a_process_for_each_connection_has_nothing_to_listen_on() {
        try (Superserver server = start(systemd("--accept", mayfly, "listen", "--", "cat"));
                Peer peer = Peer.to(port)) {
            assertEquals("", peer.hears());
            assertEquals(
                    1,
                    server.log()
                            .lines()
                            .filter(line -> line.equals("mayfly: cannot listen on descriptor 3: it is a connection, not"
                                    + " a socket that listens"))
                            .count());
        }
    }
}
