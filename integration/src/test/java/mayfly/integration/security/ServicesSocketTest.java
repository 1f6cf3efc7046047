package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A command that can connect to the socket of the service that made its sandbox: it would get another one, with other options. */
@InWorkshop(with = Client.C)
class ServicesSocketTest {
    private static final String REFUSED = "cannot serve this client: it is in a sandbox or a container";
    private static final String REMEDY = "a command that is given the service's socket is still not its user: .*";

    /** A request, docs/protocol.md: ASK with its version and JSON. */
    private static final String STATUS = "1f" + "000000" + "04" + "0104000000" + "01000000" + "1010000000"
            + HexFormat.of().formatHex("{\"ask\":\"status\"}".getBytes(StandardCharsets.US_ASCII));

    private final Workshop workshop;

    ServicesSocketTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    @Against(Attack.HOST_SOCKETS)
    void a_command_is_not_served() {
        Tool.output("ln", "-sfn", workshop.runtime().toString(), workshop.work() + "/other-name");
        String bind = workshop.work() + "/other-name:/mnt:ro";
        String client = workshop.host().mayfly().toString();
        assertEquals("mayfly.sock", workshop.prints("-d", bind, "sh", "-c", "ls /mnt | grep sock$"));
        if (workshop.identity() == Identity.MEMBER) {
            return; // inside the directory is nobody's, and mayfly asks no service there
        }
        workshop.mayfly("-d", bind, "env", "MAYFLY_RUNTIME_DIR=/mnt", client, "-n", "-t", "/", "echo", "out")
                .run()
                .fails(125, REFUSED, REMEDY);
        workshop.mayfly("-d", bind, "env", "MAYFLY_RUNTIME_DIR=/mnt", client, "pool", "status")
                .run()
                .fails(125, REFUSED, REMEDY);
        // The same question from outside.
        workshop.subcommand("pool", "status").run().exits(0);
    }

    /** Nor is a process that another one has connected for, and that has ended. */
    @Test
    @Against(Attack.HOST_SOCKETS)
    void who_has_connected_counts_though_it_has_ended() {
        Tool.output("ln", "-sfn", workshop.runtime().toString(), workshop.work() + "/other-name");
        String program = """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX)
                if os.fork() == 0:
                    s.connect('/mnt/mayfly.sock')
                    os._exit(0)
                os.wait()
                os.write(1, b'connected; ')
                s.sendall(bytes.fromhex(sys.argv[1]))
                print(s.recv(1000).count(b'sandbox or a container'))
                """;
        String said = workshop.prints(
                "-d", workshop.work() + "/other-name:/mnt:ro", "timeout", "20", "python3", "-c", program, STATUS);
        assertEquals("connected; 1", said);
    }

    @Test
    @Against(Attack.HOST_SOCKETS)
    void the_directory_of_the_sockets_of_ones_sessions_is_not_bound_by_its_name() {
        if (workshop.identity() == Identity.MEMBER) {
            return; // those of root's service are root's
        }
        for (String source : List.of(
                workshop.runtime().toString(),
                workshop.runtime() + "/sessions",
                workshop.runtime().resolveSibling("").toString(),
                workshop.runtime() + "/../",
                "/")) {
            workshop.mayfly("-d", source + ":/mnt:ro", "true")
                    .run()
                    .fails(
                            125,
                            "cannot bind .*: the sockets of your sessions are in " + workshop.runtime(),
                            "bind what the command needs, not all that is around it");
        }
    }
}
