package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A socket of the host's network that a command has as its standard input, as from inetd and {@code mayfly listen}. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class GivenSocketsTest {
    private static final String TRIED = """
            connect: %1$s
            connect by sending: failed
            connect by a message: failed
            bind: %1$s""";
    private static final String KEPT = TRIED.formatted("failed");
    private static final String TWICE = """
            import socket, subprocess, sys
            door = socket.create_server(("127.0.0.1", 0))
            peer = socket.create_connection(door.getsockname())
            given, _ = door.accept()
            for _ in range(2):
                run = subprocess.Popen(sys.argv[1:], stdin=given, stdout=given, stderr=given)
                peer.sendall(b"question\\n")
                print(peer.recv(100).decode(), end="", flush=True)
                run.wait()
            """;

    private static final String UNIX_GIVER = """
            import socket, subprocess, sys
            server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            server.bind('')
            given = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0], socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            for one in given:
                words = sys.argv[2:] + ['python3', '-c', sys.argv[1], server.getsockname().decode('latin1').replace('\\0', '@')]
                subprocess.run(words, stdin=one, check=True)
            """;
    private static final String UNIX_SENDER = """
            import socket, sys
            try:
                socket.socket(fileno=0).sendto(b'x', sys.argv[1].replace('@', '\\0'))
                print('reached')
            except OSError:
                print('refused')
            """;

    private final Workshop workshop;

    GivenSocketsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** @param options of the run */
    static Call giver(Workshop workshop, String kind, String address, String options) {
        workshop.write("giver.py", Directories.resource(GivenSocketsTest.class, "giver.py"));
        return workshop.bash("exec python3 giver.py " + kind + " " + address + " \"$GIVEN\" mayfly " + options)
                .env("GIVEN", Directories.resource(GivenSocketsTest.class, "given.py"));
    }

    /** With -n a command may do so with sockets that it makes itself. */
    static String withTheHostsNetwork(Workshop workshop, String kind) {
        return giver(workshop, kind, "127.0.0.1", "-n").run().succeeds();
    }

    static String kept() {
        return KEPT;
    }

    static String free() {
        return TRIED.formatted("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
    @Against(Attack.GIVEN_SOCKET)
    void a_connection_stays_with_its_peer(String address) {
        assertEquals(
                "its peer hears: answer\n" + KEPT,
                giver(workshop, "given", address, "").run().succeeds());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    @Against(Attack.GIVEN_SOCKET)
    void what_listens_and_what_it_accepts_call_nobody(String address) {
        assertEquals(
                "its peer hears: answer\n" + KEPT + "\n" + KEPT,
                giver(workshop, "listening", address, "").run().succeeds());
    }

    @Test
    @Against(Attack.GIVEN_SOCKET)
    void a_connection_of_another_protocol_is_refused() {
        Outcome outcome = giver(workshop, "mptcp", "127.0.0.1", "").run().exits(125);
        assertTrue(
                outcome.stderr()
                        .contains(
                                "cannot keep the command in its network with a socket of another that could be connected there"),
                outcome.toString());
    }

    @Test
    @Against({Attack.GIVEN_SOCKET, Attack.ABSTRACT_SOCKETS})
    void a_unix_socket_is_no_way_to_the_hosts_abstract_sockets() {
        Call call = workshop.bash("exec python3 -c \"$GIVER\" \"$SENDER\" mayfly ")
                .env("GIVER", UNIX_GIVER)
                .env("SENDER", UNIX_SENDER);
        if (Landlock.version(workshop) >= Landlock.WITH_SCOPES) {
            assertEquals("refused\nrefused", call.run().succeeds());
        } else {
            String stderr = call.run().exits(1).stderr();
            assertTrue(stderr.contains("cannot keep the command from the network of a socket"), stderr);
        }
    }

    @Test
    void a_connection_may_be_given_twice_and_as_all_three() {
        assertEquals(
                "question, answer\nquestion, answer",
                workshop.bash("exec python3 -c \"$TWICE\" mayfly sh -c 'read -r x; echo \"$x, answer\" >&2'")
                        .env("TWICE", TWICE)
                        .run()
                        .succeeds());
    }
}
