package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** What {@code mayfly listen} refuses at once, and what it lives through. */
@InWorkshop(with = Client.C)
class TroubleTest {
    private final Workshop workshop;

    private final Path template;

    TroubleTest(Workshop workshop) {
        this.workshop = workshop;
        template = workshop.template("template");
        workshop.configured("""
                [template.small]
                path = "%s"
                store = "directory"
                ready = 1
                ready-max = 1
                """.formatted(template));
    }

    private void refuses(String message, String remedy, String... words) {
        Outcome outcome = Listening.call(workshop, words).run().exits(125);
        assertEquals("mayfly: " + message + (remedy.isEmpty() ? "" : "\n" + remedy), outcome.text());
    }

    /** Each with its newline. */
    private static String lines(String... lines) {
        return String.join("\n", lines) + "\n";
    }

    private Outcome python(String script, String... words) {
        return workshop.call(Stream.concat(
                                Stream.of(
                                        "python3",
                                        "-c",
                                        script,
                                        workshop.host().mayfly().toString()),
                                Stream.of(words))
                        .toList())
                .run();
    }

    @Test
    void an_address_that_is_in_use_is_refused() {
        try (Listening listening = Listening.tcp(workshop, "--", "cat")) {
            String address = "127.0.0.1:" + listening.port();
            refuses(
                    "cannot listen on " + address + ": Address in use",
                    "something else listens there: ss -lntxp shows what",
                    "--tcp",
                    address,
                    "--",
                    "cat");
            try (Peer peer = listening.connect()) {
                assertEquals("x", peer.says("x").hears(1));
            }
        }
    }

    @Test
    void a_socket_is_replaced_when_nobody_listens_at_it_and_nothing_else_ever_is() throws Exception {
        Path path = workshop.work().resolve("s.sock");
        Listening killed = Listening.start(workshop, "--unix", path.toString(), "--", "echo", "first");
        refuses(
                "cannot listen on " + path + ": Address in use",
                "something else listens there: ss -lntxp shows what",
                "--unix",
                path.toString(),
                "--",
                "cat");
        killed.signal("KILL");
        killed.await();
        assertTrue(Files.exists(path));
        try (Listening next = Listening.start(workshop, "--unix", path.toString(), "--", "echo", "second");
                Peer peer = Peer.to(path)) {
            assertEquals("second\n", peer.hears());
        }
        Path file = workshop.write("precious", "text");
        refuses(
                "cannot listen on " + file + ": something that is no socket is there",
                "remove it, or name another path",
                "--unix",
                file.toString(),
                "--",
                "cat");
        assertEquals("text", workshop.read("precious"));
    }

    @Test
    void sockets_of_the_wrong_kind_are_refused() {
        workshop.service();
        String hand = """
                import os, socket, sys
                kind = sys.argv[2]
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "datagram" else socket.SOCK_STREAM)
                s.bind(("127.0.0.1", 0))
                if kind == "connection":
                    l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(); s.close()
                    s = socket.create_connection(l.getsockname())
                os.dup2(s.fileno() if kind != "file" else os.open("/dev/null", os.O_RDWR), 7)
                os.execv(sys.argv[1], [sys.argv[1], "listen", "--fd", "7" if kind != "closed" else "9", "--", "cat"])
                """;
        String handed = "a listening socket must be handed in there\n";
        assertEquals(
                lines(
                        "mayfly: cannot listen on descriptor 7: it is no stream socket",
                        "ListenStream= in systemd's unit, `stream` in inetd's table"),
                python(hand, "datagram").exits(125).stderr());
        assertEquals(
                lines(
                        "mayfly: cannot listen on descriptor 7: it is a connection, not a socket that listens",
                        "with Accept=yes, nowait or tcpserver the command is: mayfly [OPTION]... -- COMMAND"),
                python(hand, "connection").exits(125).stderr());
        assertEquals(
                "mayfly: cannot listen on descriptor 7: it is no socket\n" + handed,
                python(hand, "file").exits(125).stderr());
        assertEquals(
                "mayfly: cannot listen on descriptor 9: it is not open\n" + handed,
                python(hand, "closed").exits(125).stderr());
    }

    @Test
    void sockets_for_another_process_are_refused() {
        workshop.service();
        Outcome outcome = workshop.call(List.of(workshop.host().mayfly().toString(), "listen", "--", "cat"))
                .env("LISTEN_FDS", "1")
                .env("LISTEN_PID", "1")
                .run()
                .exits(125);
        assertTrue(
                outcome.stderr().matches("mayfly: cannot listen: LISTEN_PID is 1, and this process is \\d+\n.*\n"),
                outcome.toString());
        refuses(
                "cannot listen: no socket is named",
                "--tcp ADDRESS:PORT, --unix PATH or --fd N does, or LISTEN_FDS of systemd",
                "--",
                "cat");
    }

    @Test
    void what_the_service_refuses_is_told_before_anybody_connects() {
        String[] start = {"--tcp", "127.0.0.1:0"};
        refuses(
                "cannot use template nosuch: there is no such template",
                "mayfly template list shows the templates",
                start[0],
                start[1],
                "-z",
                "nosuch",
                "--",
                "cat");
        refuses(
                "--status-fd is for one command",
                "the log has a line for each",
                start[0],
                start[1],
                "--status-fd",
                "2",
                "--",
                "cat");
        refuses(
                "cannot read the command line: options of listen come before those of the run: --tcp",
                "mayfly help listen lists the options",
                "-z",
                "host",
                start[0],
                start[1],
                "--",
                "cat");
        Outcome hook = Listening.call(workshop, "--tcp", "127.0.0.1:0", "--", "cat")
                .env("PRE_SPAWN_HOOK", "true")
                .run()
                .exits(125);
        assertEquals(
                lines(
                                "mayfly: cannot listen: PRE_SPAWN_HOOK is set, and is for one command",
                                "unset it; a template's pre-start and post-stop run for each connection")
                        .strip(),
                hook.text());
    }

    @Test
    void a_command_that_is_not_there_is_each_connections_trouble() {
        try (Listening listening = Listening.tcp(workshop, "--", "/no/such")) {
            for (int i = 0; i < 3; i++) {
                try (Peer peer = listening.connect()) {
                    assertEquals("", peer.hears());
                    listening.logs(":" + peer.port() + ": refused: cannot run /no/such: No such file or directory\n");
                }
            }
        }
    }

    @Test
    void a_service_that_is_killed_ends_no_connection_and_the_next_one_serves_who_waited() {
        try (Listening listening = Listening.tcp(workshop, "--", "cat");
                Peer running = listening.connect()) {
            assertEquals("one", running.says("one").hears(3));
            workshop.service().kill();
            assertEquals("two", running.says("two").hears(3));
            try (Peer waiting = listening.connect().says("here")) {
                assertEquals("three", running.says("three").hears(5));
                if (workshop.identity() == Identity.MEMBER) {
                    workshop.startAgain();
                }
                // Root's and a user's own are started by whoever needs them.
                assertEquals("here", waiting.hears(4));
            }
            assertEquals("four", running.says("four").hears(4));
            running.saysNothingMore();
            listening.logs("ended with 0", 2);
        }
        if (workshop.identity() != Identity.MEMBER) {
            workshop.subcommand(
                            "serve",
                            "--stop",
                            "--runtime-dir",
                            workshop.runtime().toString())
                    .run()
                    .succeeds();
            workshop.startAgain();
        }
    }

    private static boolean isServed(Listening listening) {
        try (Peer peer = listening.connect()) {
            return peer.hears().equals("hello\n");
        }
    }

    @Test
    void a_template_that_vanishes_is_missed_by_those_who_come_then() throws IOException {
        workshop.call(List.of(
                        "sh", "-ec", "mkdir -p $0/bin; cp $(command -v busybox) $0/bin/echo", template.toString()))
                .run()
                .succeeds();
        try (Listening listening = Listening.tcp(workshop, "-z", "small", "--", "echo", "hello")) {
            assertTrue(isServed(listening), listening.log());
            Path away = Files.move(template, template.resolveSibling("away"));
            Eventually.holds("whoever comes is refused", () -> !isServed(listening));
            listening.logs(": refused: cannot make a clone of template small: " + template + " is not a directory\n");
            assertEquals("fine", workshop.prints("echo", "fine"));
            Files.move(away, template);
            Eventually.holds("whoever comes is served again", () -> isServed(listening));
        }
    }
}
