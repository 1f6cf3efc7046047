package mayfly.integration.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A user who keeps connecting, and another one. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users of one service are needed")
class FloodTest {
    /** More than one user may have are held, in turn silent, with half a frame, and with directories that nobody wants. */
    private static final String FLOOD = """
            import os, resource, socket, sys
            path, all = sys.argv[1], int(sys.argv[2])
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            root = os.open('/', os.O_RDONLY)
            held = []
            for i in range(all):
                door = socket.socket(socket.AF_UNIX)
                door.connect(path)
                try:
                    if i % 3 == 1:
                        door.send(b'\\x20\\0\\0')
                    elif i % 3 == 2:
                        socket.send_fds(door, [b'\\x20'], [root] * 200)
                except OSError:
                    pass
                held.append(door)
                if len(held) > min(1500, hard - 20):
                    held.pop(0).close()
                if i == 2000:
                    print('flooding', flush=True)
            print('connected', all, flush=True)
            sys.stdin.read()
            """;

    private static final int CONNECTIONS = 10_000;

    private final Workshop workshop;

    FloodTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private void assertOthersAreServed() {
        assertEquals(
                "served",
                workshop.callAs(
                                workshop.serviceAccount(),
                                List.of(workshop.host().mayfly().toString(), "echo", "served"))
                        .run()
                        .succeeds());
    }

    @Test
    @Against({Attack.BROKEN_PROTOCOL, Attack.GREED})
    void ten_thousand_connections_of_one_user_keep_no_other_from_the_service() {
        assertEquals("fine", workshop.prints("echo", "fine"));
        assertOthersAreServed();
        Call.Running flood = workshop.call(List.of(
                        "python3", "-c", FLOOD, workshop.runtime() + "/mayfly.sock", String.valueOf(CONNECTIONS)))
                .within(Duration.ofMinutes(2))
                .start()
                .prints("flooding");
        assertOthersAreServed();

        flood.await().exits(0);

        assertOthersAreServed();
        assertEquals("fine", workshop.prints("echo", "fine"));
        Eventually.holds(
                "their descriptors are closed",
                () -> ProcessTable.descriptors(workshop.service().pid()) < 300);
    }
}
