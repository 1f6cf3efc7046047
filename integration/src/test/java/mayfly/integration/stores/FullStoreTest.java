package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A store that is filled to its last block while commands run. */
@OnStores(onDisk = true)
class FullStoreTest {
    private final Ground ground;
    private final Workshop workshop;

    FullStoreTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
    }

    @Test
    @Against(Attack.EXHAUSTION)
    void clients_are_told_the_service_goes_on_and_recovers_when_there_is_room_again() {
        ground.template("t", "ready = 2", "ready-max = 4");
        ground.snapshot("t", "begin");
        workshop.prints("-z", "t", "true");
        PoolView.settled(workshop);

        ground.fill();
        int refused = 0;
        for (int i = 0; i < ground.atMost(32); i++) {
            Outcome outcome = workshop.mayfly(
                            "-z", "t", "sh", "-c", "dd if=/dev/zero of=/big bs=64k 2>/dev/null; echo ran")
                    .run();
            if (outcome.status() == 125) {
                assertTrue(outcome.stderr().startsWith("mayfly: cannot "), outcome.toString());
                assertTrue(outcome.stderr().lines().count() == 2, outcome.toString());
                refused++;
            } else {
                assertTrue(outcome.text().contains("ran"), outcome.toString());
            }
        }
        assertTrue(refused > 0, "a full store refuses nobody");
        assertEquals("fine", workshop.prints("echo", "fine"));
        String error = PoolView.of(workshop).template("t").text("last_error");
        assertTrue(error.startsWith("cannot "), error);

        ground.empty();
        Eventually.holds(
                "there is room again",
                Duration.ofSeconds(60),
                () -> workshop.mayfly("-z", "t", "echo", "ran").run().status() == 0);
        Eventually.holds(
                "the pool is full again",
                Duration.ofSeconds(90),
                () -> PoolView.of(workshop).template("t").number("ready") >= 2);
        PoolView view = PoolView.settled(workshop);
        assertEquals(view.clones("t"), ground.clones().size());
        assertTrue(workshop.service().isAlive());
    }
}
