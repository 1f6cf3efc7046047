package mayfly.integration.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** The service at a socket that was there before it. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class SocketTest {
    private static final String REMEDY =
            "give the service a Unix stream socket that listens: ListenStream=/run/mayfly/mayfly.sock";

    private final Workshop workshop;

    SocketTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void the_first_connection_starts_the_service_and_is_served() {
        try (Started service = Started.by(workshop, "systemd-socket-activate", "-l", "SOCKET")) {
            service.awaitSocket();
            assertTrue(service.program().endsWith("/systemd-socket-activate"), service.program());

            assertEquals("hello", service.call("echo", "hello").run().exits(0).text());
            assertTrue(service.program().endsWith("/java"), service.program());
            assertEquals("again", service.call("echo", "again").run().exits(0).text());
        }
    }

    @Test
    void the_socket_stays_when_the_service_ends() {
        try (Started service = Started.by(workshop, "systemd-socket-activate", "-l", "SOCKET", "--fdname=mayfly")) {
            service.awaitSocket();
            service.call("true").run().exits(0);
            service.process().signal("TERM");
            assertEquals(0, service.process().await().status());
            assertTrue(Files.exists(service.socket()));
        }
    }

    @Test
    void a_socket_on_descriptor_0_is_as_good_as_inetd_gives_it() {
        try (Started service = Started.by(workshop, "systemd-socket-activate", "--inetd", "-l", "SOCKET")) {
            service.awaitSocket();
            assertEquals("hello", service.call("echo", "hello").run().exits(0).text());
        }
    }

    private static void awaitParked(Started service) {
        Eventually.holds(
                "a sandbox is parked",
                () -> service.call("pool", "status", "--json").run().text().contains("\"parked\":1,\"making\":0"));
    }

    @Test
    @Against(Attack.ACTIVATION)
    void nothing_that_the_service_starts_knows_of_its_sockets() {
        try (Started service = Started.by(workshop, "systemd-socket-activate", "-l", "SOCKET")) {
            service.awaitSocket();
            service.call("true").run().exits(0);
            awaitParked(service);
            assertEquals(
                    "['0', '1', '2', '3']",
                    service.call("python3", "-c", "import os; print(sorted(os.listdir('/proc/self/fd'), key=int))")
                            .run()
                            .exits(0)
                            .text());
            assertFalse(service.call("env").run().exits(0).text().contains("LISTEN_"));
            // One that is being started has all of the service's, until it closes them.
            awaitParked(service);
            String listens = Tool.output(
                    "sh",
                    "-c",
                    "awk -v s=\"$1\" '$8 == s { print \"socket:[\" $7 \"]\" }' /proc/net/unix",
                    "sh",
                    service.socket().toString());
            assertFalse(listens.isEmpty());
            String holders = Tool.output(
                    "sh",
                    "-c",
                    "find /proc/[0-9]*/fd -type l -printf '%p %l\\n' 2>/dev/null | grep -F \"$1\"; true",
                    "sh",
                    listens);
            assertFalse(holders.isEmpty());
            assertTrue(
                    holders.lines()
                            .allMatch(line ->
                                    line.startsWith("/proc/" + service.process().pid() + "/")),
                    holders);
            for (ProcessTable.Entry entry : ProcessTable.about(service.runtime())) {
                if (entry.pid() != service.process().pid()) {
                    String file = "/proc/" + entry.pid() + "/environ"; // gone with the process, if that ends now
                    String environment = Tool.output("sh", "-c", "cat \"$1\" 2>/dev/null; true", "sh", file);
                    assertFalse(environment.contains("LISTEN_"), entry + ": " + environment);
                }
            }
        }
    }

    @Test
    void a_datagram_socket_is_refused() {
        try (Started service = Started.given(workshop, "datagram", "")) {
            service.process()
                    .await()
                    .fails(
                            125,
                            "cannot listen at the inherited socket unknown \\(descriptor 3\\): it is a datagram socket",
                            REMEDY);
        }
    }

    @Test
    void a_datagram_socket_on_descriptor_0_is_refused() {
        try (Started service = Started.given(workshop, "datagram", "-")) {
            service.process()
                    .await()
                    .fails(
                            125,
                            "cannot listen at the inherited socket unknown \\(descriptor [0-9]+\\): it is a datagram socket",
                            REMEDY);
        }
    }

    @Test
    void a_socket_of_the_network_is_refused() {
        try (Started service = Started.given(workshop, "tcp", "")) {
            service.process()
                    .await()
                    .fails(
                            125,
                            "cannot listen at the inherited socket unknown \\(descriptor 3\\): it is a socket of the network,"
                                    + " whose clients' users the kernel does not tell",
                            REMEDY);
        }
    }

    @Test
    void a_connection_is_refused_as_a_socket_to_listen_at() {
        try (Started service = Started.given(workshop, "connection", "")) {
            service.process()
                    .await()
                    .fails(
                            125,
                            "cannot listen at the inherited socket unknown \\(descriptor 3\\): nobody listens at it, it is a"
                                    + " connection",
                            REMEDY);
        }
    }

    @Test
    void a_connection_on_descriptor_0_is_only_somebodys_standard_input() {
        try (Started service = Started.given(workshop, "connection", "-")) {
            service.awaitSocket();
            assertEquals("hello", service.call("echo", "hello").run().exits(0).text());
        }
    }

    @Test
    void sockets_for_another_process_are_refused() {
        try (Started service = Started.given(workshop, "stream", "1")) {
            service.process()
                    .await()
                    .fails(
                            125,
                            "cannot take the sockets of LISTEN_FDS: they are for process 1, and this is process [0-9]+",
                            "let the program that was given them exec mayfly-java serve, or unset LISTEN_FDS");
        }
    }

    @Test
    void an_address_at_which_others_listen_is_refused() {
        // Another program has the socket, and the service is to open its own there.
        try (Started service = Started.by(
                workshop,
                "python3",
                "-c",
                "import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1);"
                        + " s.set_inheritable(True); os.dup2(s.fileno(), 9); os.execv(sys.argv[2], sys.argv[2:])",
                "SOCKET")) {
            service.process()
                    .await()
                    .fails(
                            125,
                            "cannot listen at .*/mayfly.sock: the address is in use, another program listens there",
                            "if that is systemd for mayfly.socket: .*");
        }
    }
}
