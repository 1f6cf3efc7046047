package mayfly.integration.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What another one's client has said to the service, root's here, is said again by an ordinary user, byte by byte. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users of one service are needed")
class ReplayTest {
    /** The service's socket, what was said to it, and what was said to the sandbox if it gives one; says what it answers. */
    private static final String REPLAY = """
            import socket, sys
            door = socket.socket(socket.AF_UNIX)
            door.connect(sys.argv[1])
            door.sendall(bytes.fromhex(sys.argv[2]))
            def whole(socket, data):
                while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:4], 'little'):
                    more = socket.recv(65536)
                    if not more:
                        break
                    data += more
                return data
            data, sandboxes, _, _ = socket.recv_fds(door, 65536, 4)
            data = whole(door, data)
            print({2: 'claimed', 3: 'refused', 5: 'answered', 6: 'answered'}.get(data[4] if len(data) > 4 else 0, 'closed'), flush=True)
            if len(data) > 4 and data[4] in (5, 6):
                print(data[5:])
            if sandboxes and sys.argv[3]:
                sandbox = socket.socket(fileno=sandboxes[0])
                socket.send_fds(sandbox, [bytes.fromhex(sys.argv[3])], [0, 1, 2])
                data = whole(sandbox, b'')
                print({24: 'ended', 25: 'failed'}.get(data[4] if len(data) > 4 else 0, 'closed'), flush=True)
            """;

    private final Workshop workshop;
    private final Path recorded;

    ReplayTest(Workshop workshop) {
        recorded = workshop.directory().resolve("recorded");
        this.workshop = workshop.configured("""
                [template.roots]
                store = "directory"
                path = "%1$s/roots"
                users = ["root"]
                ready = 1
                """.formatted(workshop.directory()));
    }

    @BeforeEach
    void begin() throws IOException {
        if (!Files.exists(recorded)) {
            Files.createDirectory(recorded);
            BusyboxRoot.make(workshop.directory().resolve("roots"));
        }
        asRoot("session", "start", "one").run().succeeds();
        asRoot("session", "exec", "one", "--", "sh", "-c", "echo secret >/tmp/secret")
                .run()
                .succeeds();
    }

    @AfterEach
    void end() {
        asRoot("session", "end", "one").run().succeeds();
        workshop.subcommand("session", "end", "two").run();
        asRoot("session", "end", "two").run();
    }

    private Call asRoot(String... words) {
        workshop.service();
        List<String> all = new ArrayList<>(List.of(workshop.host().mayfly().toString()));
        all.addAll(Arrays.asList(words));
        return workshop.callAs(workshop.serviceAccount(), all);
    }

    /** What root's client says in a run that succeeds. */
    private Exchange record(String... words) throws IOException {
        try (Recorder recorder =
                new Recorder(recorded, NativePath.bytes(workshop.runtime().resolve("mayfly.sock")))) {
            Call.Running client =
                    asRoot(words).env("MAYFLY_RUNTIME_DIR", recorded.toString()).start();
            Exchange exchange = recorder.record();
            client.await().exits(0);
            return exchange;
        } finally {
            Files.delete(recorded.resolve("mayfly.sock"));
        }
    }

    private static String hex(List<byte[]> messages) {
        StringBuilder hex = new StringBuilder();
        messages.forEach(message -> hex.append(HexFormat.of().formatHex(message)));
        return hex.toString();
    }

    private List<String> replay(Exchange exchange) {
        return replayBy(workshop.account(), exchange);
    }

    private List<String> replayBy(Account who, Exchange exchange) {
        return workshop.callAs(
                        who,
                        List.of(
                                "python3",
                                "-c",
                                REPLAY,
                                workshop.runtime() + "/mayfly.sock",
                                hex(exchange.door()),
                                hex(exchange.sandbox().stream()
                                        .map(said -> said.bytes)
                                        .toList())))
                .run()
                .succeeds()
                .lines()
                .toList();
    }

    private List<Json> sessions() {
        return Json.object(asRoot("session", "list", "--json").run().succeeds()).objects("sessions");
    }

    @Test
    @Against(Attack.STRANGER)
    void a_claim_gives_a_sandbox_of_his_own_or_none() throws IOException {
        Exchange everybodys = record("sh", "-c", "id -u; id -ru");
        String uid = String.valueOf(workshop.account().uid());
        assertEquals(List.of("claimed", "0", "0", "ended"), replayBy(workshop.serviceAccount(), everybodys));
        assertEquals(List.of("claimed", uid, uid, "ended"), replay(everybodys));

        Exchange roots = record("-z", "roots", "--", "/bin/sh", "-c", "id -u");
        assertEquals(List.of("claimed", "0", "ended"), replayBy(workshop.serviceAccount(), roots));
        assertEquals(List.of("refused"), replay(roots));
    }

    @Test
    @Against(Attack.STRANGER)
    void what_is_said_of_a_session_is_of_his_own_or_of_none() throws IOException {
        Exchange exec = record("session", "exec", "one", "--", "sh", "-c", "cat /tmp/secret 2>/dev/null; id -u");
        assertEquals(List.of("claimed", "secret", "0", "ended"), replayBy(workshop.serviceAccount(), exec));
        assertEquals(List.of("refused"), replay(exec));

        Exchange start = record("session", "start", "two");
        assertEquals(List.of("claimed"), replay(start));
        assertEquals(
                List.of("one 0", "two 0", "two " + workshop.account().uid()),
                sessions().stream()
                        .map(session -> session.text("name") + " " + (long) session.number("uid"))
                        .sorted()
                        .toList());

        Exchange list = record("session", "list", "--json");
        List<String> listed = replay(list);
        assertEquals("answered", listed.get(0));
        assertTrue(listed.get(1).contains("\"two\"") && !listed.get(1).contains("\"one\""), listed.toString());
        assertTrue(replayBy(workshop.serviceAccount(), list).get(1).contains("\"one\""));

        // Root's second session has ended by this, and his own does; then there is none of his, and root's is there
        // again.
        Exchange end = record("session", "end", "two");
        assertEquals("answered", replay(end).get(0));
        assertEquals(1, sessions().size());
        asRoot("session", "start", "two").run().succeeds();
        assertEquals(List.of("refused"), replay(end));
        assertEquals(2, sessions().size());
        assertEquals(
                "secret",
                asRoot("session", "exec", "one", "--", "cat", "/tmp/secret")
                        .run()
                        .succeeds());
    }

    @Test
    @Against(Attack.STRANGER)
    void orders_about_a_template_are_refused() throws IOException {
        for (List<String> words : List.of(
                List.of("pool", "drain", "roots"),
                List.of("pool", "refill", "roots"),
                List.of("template", "snapshots", "roots"))) {
            Exchange order = record(words.toArray(new String[0]));
            assertEquals("answered", replayBy(workshop.serviceAccount(), order).get(0), words.toString());
            assertEquals(List.of("refused"), replay(order), words.toString());
        }
    }

    /** While its owner has it. */
    @Test
    @Against(Attack.STRANGER)
    void a_claim_that_is_still_held_is_not_shared() throws IOException {
        Exchange claim = record("sh", "-c", "cat /tmp/mark 2>/dev/null; echo mark >/tmp/mark; echo end");
        Call.Running running = asRoot("sh", "-c", "echo mark >/tmp/mark; echo up; exec sleep 8772.1")
                .start()
                .prints("up");
        try {
            assertEquals(List.of("claimed", "end", "ended"), replay(claim));
            assertEquals(List.of("claimed", "end", "ended"), replay(claim));
            assertTrue(running.isAlive());
        } finally {
            running.signal("TERM").await();
        }
        assertFalse(running.isAlive());
    }
}
