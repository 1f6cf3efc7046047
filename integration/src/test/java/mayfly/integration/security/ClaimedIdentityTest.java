package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import mayfly.clonepool.protocol.Frame;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Door;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Messages at the door that tell who their sender is. There is a template for root alone, and one for all. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users of one service are needed")
class ClaimedIdentityTest {
    /** Connects as one user and, root again, sends a frame with the credentials of another; says what comes back. */
    private static final String CLAIM = """
            import os, socket, struct, sys
            path, frame, name, uid, gid, credentials = sys.argv[1:]
            door = socket.socket(socket.AF_UNIX)
            os.initgroups(name, int(gid))
            os.setegid(int(gid))
            os.seteuid(int(uid))
            door.connect(path)
            os.seteuid(0)
            os.setegid(0)
            sent = []
            if credentials != 'none':
                sent = [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('iII', os.getpid(), *map(int, credentials.split(':'))))]
            door.sendmsg([bytes.fromhex(frame)], sent)
            data, sandboxes, _, _ = socket.recv_fds(door, 65536, 4)
            print({2: 'claimed', 3: 'refused'}[data[4]], len(sandboxes))
            """;

    /** What a service would get that asks for credentials. */
    private static final String SERVICE = """
            import os, socket, struct, sys
            service = socket.socket(socket.AF_UNIX)
            service.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            service.bind(sys.argv[1])
            os.chmod(sys.argv[1], 0o666)
            service.listen()
            print('listens', flush=True)
            client, _ = service.accept()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            _, ancillary, _, _ = client.recvmsg(65536, 1024)
            connected = struct.unpack('iII', client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            print('connected', connected[1], 'says', struct.unpack('iII', ancillary[0][2])[1])
            client.send(bytes((1, 0, 0, 0, 3)))
            """;

    /** Sends frames, each on a connection of its own, and prints what comes back on one line each. */
    private static final String ASK = """
            import socket, sys
            for frame in sys.argv[2:]:
                door = socket.socket(socket.AF_UNIX)
                door.connect(sys.argv[1])
                door.sendall(bytes.fromhex(frame))
                data = b''
                while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:4], 'little'):
                    more = door.recv(65536)
                    if not more:
                        break
                    data += more
                print({3: 'refused', 5: 'answer', 6: 'progress'}.get(data[4] if len(data) > 4 else 0, 'closed'), data[5:])
            """;

    private final Workshop workshop;
    private final Path seen;

    ClaimedIdentityTest(Workshop workshop) {
        seen = workshop.directory().resolve("seen");
        this.workshop = workshop.configured("""
                [template.roots]
                store = "directory"
                path = "%1$s/roots"
                users = ["root"]
                post-stop = ["/bin/sh", "-c", "echo $MAYFLY_UID >>%2$s"]

                [template.all]
                store = "directory"
                path = "%1$s/all"
                post-stop = ["/bin/sh", "-c", "echo $MAYFLY_UID >>%2$s"]
                """.formatted(workshop.directory(), seen));
    }

    @BeforeEach
    void fill() {
        if (!Files.exists(workshop.directory().resolve("roots"))) {
            BusyboxRoot.make(workshop.directory().resolve("roots"));
            BusyboxRoot.make(workshop.directory().resolve("all"));
        }
        workshop.service();
        workshop.isIdle();
        Directories.write(seen, "");
    }

    private static String hex(Frame frame) {
        return HexFormat.of().formatHex(Door.bytes(frame));
    }

    private static Frame claim(String template) {
        return new Frame.Claim(
                Stream.of("mayfly", "-z", template, "--", "/bin/true")
                        .map(Bytes::utf8)
                        .toList(),
                false,
                Optional.empty(),
                List.of());
    }

    private String claims(Path door, String template, Account connected, String credentials) {
        return workshop.callAs(
                        workshop.serviceAccount(),
                        List.of(
                                "python3",
                                "-c",
                                CLAIM,
                                door.toString(),
                                hex(claim(template)),
                                connected.name(),
                                String.valueOf(connected.uid()),
                                String.valueOf(connected.gid()),
                                credentials))
                .run()
                .succeeds();
    }

    private static String credentials(Account account) {
        return account.uid() + ":" + account.gid();
    }

    /** Without this, that the service gives nothing for them says nothing. */
    private void arriveWhereTheyAreAskedFor(Account connected, Account said) {
        Path socket = workshop.directory().resolve("asks-" + connected.uid());
        Call.Running service = workshop.callAs(
                        workshop.serviceAccount(), List.of("python3", "-c", SERVICE, socket.toString()))
                .start()
                .prints("listens");
        assertEquals("refused 0", claims(socket, "roots", connected, credentials(said)));
        assertEquals(
                "listens\nconnected " + connected.uid() + " says " + said.uid(),
                service.await().succeeds());
    }

    @Test
    @Against(Attack.CLAIMED_IDENTITY)
    void credentials_in_a_message_are_not_asked() {
        Account root = workshop.serviceAccount();
        Account member = workshop.account();
        arriveWhereTheyAreAskedFor(root, member);
        arriveWhereTheyAreAskedFor(member, root);

        Path door = workshop.runtime().resolve("mayfly.sock");
        assertEquals("claimed 1", claims(door, "roots", root, "none"));
        assertEquals("refused 0", claims(door, "roots", member, "none"));

        assertEquals("claimed 1", claims(door, "roots", root, credentials(member)));
        assertEquals("claimed 1", claims(door, "all", root, credentials(member)));
        leasesWere(root, root, root);
        assertEquals("refused 0", claims(door, "roots", member, credentials(root)));
        assertEquals("claimed 1", claims(door, "all", member, credentials(root)));
        leasesWere(root, root, root, member);
    }

    /** Whose they were by the service's account, in any order. */
    private void leasesWere(Account... owners) {
        List<String> expected = Stream.of(owners)
                .map(owner -> String.valueOf(owner.uid()))
                .sorted()
                .toList();
        Eventually.holds(
                "all hooks have run", () -> Directories.read(seen).lines().count() >= expected.size());
        assertEquals(expected, Directories.read(seen).lines().sorted().toList());
    }

    @Test
    @Against(Attack.CLAIMED_IDENTITY)
    void the_kernel_lets_no_user_send_those_of_another() {
        String script = """
                import os, socket, struct, sys
                door = socket.socket(socket.AF_UNIX)
                door.connect(sys.argv[1])
                for uid in int(sys.argv[2]), os.getuid():
                    claims = struct.pack('iII', os.getpid(), uid, os.getgid())
                    try:
                        door.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, claims)])
                        print('sent')
                    except PermissionError:
                        print('refused by the kernel')
                """;
        assertEquals(
                "refused by the kernel\nsent",
                workshop.call(List.of("python3", "-c", script, workshop.runtime() + "/mayfly.sock", "0"))
                        .run()
                        .succeeds());
    }

    /** The questions of docs/protocol.md without their braces. */
    private static List<String> questions() {
        return Stream.of(
                        "'ask':'status'",
                        "'ask':'templates'",
                        "'ask':'sessions'",
                        "'ask':'stop'",
                        "'ask':'end-session','session':'hidden'",
                        "'ask':'refill','template':'roots'",
                        "'ask':'drain','template':'roots'",
                        "'ask':'drain'",
                        "'ask':'create','template':'roots'",
                        "'ask':'snapshot','template':'roots'",
                        "'ask':'snapshots','template':'roots'",
                        "'ask':'rollback','template':'roots'",
                        "'ask':'destroy','template':'roots'",
                        "'ask':'path','template':'roots'")
                .map(question -> question.replace('\'', '"'))
                .toList();
    }

    private List<String> answers(Account asker, List<String> questions) {
        List<String> words = new ArrayList<>(List.of("python3", "-c", ASK, workshop.runtime() + "/mayfly.sock"));
        questions.forEach(question -> words.add(hex(new Frame.Ask("{" + question + "}"))));
        return workshop.callAs(asker, words).run().succeeds().lines().toList();
    }

    @Test
    @Against(Attack.CLAIMED_IDENTITY)
    void a_question_that_tells_who_asks_it_gets_no_other_answer_for_that() {
        Account root = workshop.serviceAccount();
        String mayfly = workshop.host().mayfly().toString();
        workshop.callAs(root, List.of(mayfly, "session", "start", "hidden"))
                .run()
                .succeeds();
        try {
            List<String> roots =
                    answers(root, List.of("\"ask\":\"sessions\"", "\"ask\":\"path\",\"template\":\"roots\""));
            assertTrue(roots.get(0).startsWith("answer") && roots.get(0).contains("hidden"), roots.toString());
            assertTrue(roots.get(1).startsWith("answer") && roots.get(1).contains("roots"), roots.toString());

            List<String> own = answers(workshop.account(), questions());
            assertEquals(questions().size(), own.size());
            for (int i = 0; i < own.size(); i++) {
                String answer = questions().get(i) + own.get(i);
                boolean isForAll = i < 3; // the first three are everybody's
                assertTrue(own.get(i).startsWith(isForAll ? "answer" : "refused"), answer);
                assertTrue(!isForAll || !own.get(i).contains("hidden"), answer);
            }
            for (String more : List.of(
                    ",\"uid\":\"0\"", ",\"uid\":0", ",\"user\":\"root\"", ",\"gid\":\"0\"", ",\"asker\":\"root\"")) {
                List<String> answers = answers(
                        workshop.account(),
                        questions().stream().map(question -> question + more).toList());
                assertEquals(questions().size(), answers.size());
                answers.forEach(answer -> assertTrue(answer.startsWith("refused"), more + answer));
            }

            assertTrue(workshop.service().isAlive());
            assertEquals(
                    "lives",
                    workshop.callAs(root, List.of(mayfly, "session", "exec", "hidden", "--", "echo", "lives"))
                            .run()
                            .succeeds());
            assertEquals(
                    "there",
                    workshop.callAs(root, List.of(mayfly, "-z", "roots", "--", "/bin/echo", "there"))
                            .run()
                            .succeeds());
        } finally {
            workshop.callAs(root, List.of(mayfly, "session", "end", "hidden"))
                    .run()
                    .succeeds();
        }
    }
}
