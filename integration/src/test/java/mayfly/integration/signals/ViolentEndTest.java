package mayfly.integration.signals;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.ServiceProcess;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop
class ViolentEndTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Workshop workshop;

    ViolentEndTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private static List<ProcessTable.Entry> sleeps(String time) {
        return ProcessTable.running("sleep", time);
    }

    /** A command that ends with status 6 when told by SIGUSR1. */
    private Call.Running obedient(String time) {
        Call.Running running = workshop.mayfly(
                        "bash", "-c", "trap 'echo told; exit 6' USR1; sleep " + time + " & echo ready; wait")
                .start()
                .prints("ready");
        Eventually.holds("sleep runs", () -> !sleeps(time).isEmpty());
        return running;
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void killing_the_client_ends_the_sandbox_within_a_second() {
        Call.Running running = obedient("8766.1");

        running.signal("KILL").await().exits(137);

        Eventually.holds("the sandbox ends", SECOND, () -> sleeps("8766.1").isEmpty());
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void killing_the_service_leaves_a_running_command_alone_and_the_next_service_cleans_up_after_it() {
        Call.Running running = obedient("8766.2");
        workshop.service().kill();

        ServiceProcess next = workshop.startAgain();

        assertEquals("fresh", workshop.prints("echo", "fresh"));
        assertEquals(1, sleeps("8766.2").size());
        running.signal("USR1").await().exits(6);
        Eventually.holds("the sandbox ends", () -> sleeps("8766.2").isEmpty());
        next.stop();
        workshop.assertNothingIsLeft();
        workshop.startAgain();
    }

    @Test
    void a_client_that_was_killed_while_no_service_ran_leaves_nothing() {
        Call.Running running = obedient("8766.3");
        workshop.service().kill();

        running.signal("KILL").await().exits(137);

        Eventually.holds("the sandbox ends", SECOND, () -> sleeps("8766.3").isEmpty());
        workshop.startAgain().stop();
        workshop.assertNothingIsLeft();
        workshop.startAgain();
    }

    @Test
    void stopping_the_service_leaves_a_running_command_alone() {
        Call.Running running = obedient("8766.4");
        workshop.service().stop();

        assertTrue(running.isAlive());
        running.signal("USR1").await().exits(6);
        Eventually.holds("the sandbox ends", () -> sleeps("8766.4").isEmpty());
        workshop.startAgain();
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void killing_the_sandbox_from_outside_is_told_to_the_client() {
        Call.Running running = obedient("8766.5");
        ProcessTable.about(workshop.directory()).stream()
                .filter(entry -> entry.words().stream().anyMatch(word -> word.endsWith("/bwrap")))
                .forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));

        assertEquals(
                "mayfly: cannot finish the command: its sandbox ended unexpectedly\n",
                running.await().exits(125).stderr());
    }
}
