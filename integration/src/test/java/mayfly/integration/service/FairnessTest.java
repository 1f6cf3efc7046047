package mayfly.integration.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import mayfly.clonepool.protocol.Frame;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Door;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** One user who asks for everything, and another one. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users of one service are needed")
class FairnessTest {
    private static final int REQUESTS = 500;

    /** Sandboxes of one user that are started at once, and those that end and begin while the other one is served. */
    private static final int STARTED_MEANWHILE = 100;

    private final Workshop workshop;

    FairnessTest(Workshop workshop) {
        this.workshop = workshop.configured("[limits]\nsandboxes-per-user = 200\n");
    }

    private double leased() {
        try (Door door = Door.of(workshop.runtime())) {
            door.send(Door.bytes(new Frame.Ask("{\"ask\":\"status\"}")));
            Json status = Json.object(((Frame.Answer) door.read()).json());
            return status.objects("templates").get(0).number("leased");
        }
    }

    @Test
    @Against(Attack.GREED)
    void five_hundred_requests_of_one_user_delay_another_one_by_the_starts_under_way() {
        Call.Running greedy = workshop.bash("trap 'kill $(jobs -p); wait; exit 7' TERM; for i in $(seq " + REQUESTS
                        + "); do mayfly sleep 1000 2>/dev/null & done; echo asked; wait; wait")
                .within(Duration.ofMinutes(2))
                .start();
        Eventually.holds("his sandboxes are being started", () -> leased() >= 3);
        double before = leased();

        workshop.servesItsOwner();

        double after = leased();
        assertTrue(after - before <= STARTED_MEANWHILE, before + " sandboxes before, " + after + " after");
        greedy.prints("asked").signal("TERM").await().exits(7);
        workshop.isIdle();
    }
}
