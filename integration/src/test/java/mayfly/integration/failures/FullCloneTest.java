package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A command that fills its clone. */
@InWorkshop(with = Client.C)
class FullCloneTest {
    private final Workshop workshop;

    FullCloneTest(Workshop workshop) {
        this.workshop = workshop.configured("[template.host]\nsize = \"4m\"\n");
    }

    @Test
    @Against(Attack.EXHAUSTION)
    void a_command_that_fills_its_clone_is_told_by_the_kernel_and_the_next_one_has_room() {
        for (int i = 0; i < 3; i++) {
            Outcome outcome = workshop.mayfly("dd", "if=/dev/zero", "of=big", "bs=1M", "count=50")
                    .run()
                    .exits(1);
            assertTrue(outcome.stderr().contains("No space left on device"), outcome.toString());
        }
        assertEquals("1048576", workshop.inside("head -c 1M /dev/zero >small && stat -c %s small"));
    }
}
