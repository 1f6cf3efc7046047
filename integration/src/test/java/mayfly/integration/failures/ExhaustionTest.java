package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A command that takes all it can get. The system property {@code mayfly.files} says how many files it makes. */
@InWorkshop(
        as = {Identity.MEMBER, Identity.USER},
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
@EnabledIf(
        value = "mayfly.integration.workshop.Host#isRoot",
        disabledReason = "whoever runs the tests has processes of his own, which count as well")
class ExhaustionTest {
    private static final int FILES = Integer.getInteger("mayfly.files", 20_000);

    /** What this machine bears. */
    private static final int PROCESSES = 400;

    private static final String FORK = """
            import os, signal, sys
            count = 0
            while count < 2000:
                try:
                    if os.fork() == 0:
                        while True:
                            signal.pause()
                    count += 1
                except BlockingIOError:
                    break
            print('bounded' if count <= int(sys.argv[1]) else f'{count} processes', flush=True)
            while True:
                signal.pause()
            """;

    private final Workshop workshop;

    ExhaustionTest(Workshop workshop) {
        this.workshop = workshop.configured("[limits]\nprocesses = " + PROCESSES + "\n");
    }

    private void assertThePoolIsHealthy() {
        assertEquals("fine", workshop.prints("echo", "fine"));
        workshop.isIdle();
    }

    @Test
    @Against({Attack.EXHAUSTION, Attack.SURVIVORS})
    void a_fork_bomb_has_its_sandboxs_limit_and_ends_with_its_client() {
        // With lxc a user has no user namespace in which his sandbox alone would count.
        String own = workshop.backend() == Backend.LXC ? "ulimit -u " + PROCESSES + "; " : "";
        bounds(PROCESSES, own);
    }

    @Test
    @Against({Attack.EXHAUSTION, Attack.SURVIVORS})
    void a_fork_bomb_has_its_callers_limit_where_that_is_less() {
        int fewer = PROCESSES / 2;
        bounds(fewer, "ulimit -u " + fewer + "; ");
    }

    private void bounds(int processes, String before) {
        String number = String.valueOf(processes);
        Call.Running bomb = workshop.bash(before + "exec mayfly python3 -c \"$FORK\" " + number)
                .env("FORK", FORK)
                .start()
                .prints("\n");
        assertEquals("bounded\n", bomb.output());
        workshop.servesItsOwner();

        bomb.kill();
        bomb.await();

        Eventually.holds("all of it has ended", () -> ProcessTable.running("python3", "-c", FORK, number)
                .isEmpty());
        assertThePoolIsHealthy();
    }

    @Test
    @Against({Attack.EXHAUSTION, Attack.HOSTILE_TREE})
    void very_many_files_go_with_their_clone() {
        String script = """
                import os, sys
                for place in '/tmp', '.', '/dev/shm':
                    os.mkdir(place + '/many')
                    for i in range(int(sys.argv[1]) // 3):
                        os.close(os.open(f'{place}/many/{i}', os.O_CREAT | os.O_WRONLY))
                print('made')
                """;
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    "made",
                    workshop.mayfly("python3", "-c", script, String.valueOf(FILES))
                            .within(Duration.ofMinutes(30))
                            .run()
                            .succeeds());
        }
        assertThePoolIsHealthy();
        assertEquals("none", workshop.inside("ls -d /tmp/many many /dev/shm/many 2>/dev/null || echo none"));
        assertTrue(workshop.clones().size() < 40, workshop.clones().toString());
    }
}
