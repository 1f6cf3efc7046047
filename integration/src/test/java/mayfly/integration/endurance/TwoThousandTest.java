package mayfly.integration.endurance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
class TwoThousandTest {
    private final Workshop workshop;

    TwoThousandTest(Workshop workshop) {
        // More are parked the more are in demand, which the speed of the machine decides.
        this.workshop = workshop.configured("[limits]\nparked-per-shape = 2\n");
    }

    /** What the service has when nothing is under way. */
    private record Holdings(int descriptors, long memoryKib, int processes, int clones, long mounts) {}

    private void run(int count) {
        assertEquals(
                "0",
                workshop.bash("n=0; for ((i = 0; i < " + count + "; i++)); do mayfly true || ((++n)); done; echo $n")
                        .within(Duration.ofMinutes(10))
                        .run()
                        .succeeds());
    }

    private Holdings holdings() {
        Eventually.holds("all is parked again", this::isSettled);
        long service = workshop.service().pid();
        return new Holdings(
                ProcessTable.descriptors(service),
                ProcessTable.number(service, "VmRSS"),
                ProcessTable.about(workshop.directory()).size(),
                workshop.clones().size(),
                Directories.read(Path.of("/proc/" + service + "/mountinfo"))
                        .lines()
                        .count());
    }

    private boolean isSettled() {
        Json status = workshop.status();
        Json host = status.objects("templates").get(0);
        List<Json> shapes = status.objects("shapes");
        return status.number("running") == 0
                && status.number("dirty") == 0
                && host.number("making") == 0
                && shapes.stream().allMatch(shape -> shape.number("parked") == shape.number("target"))
                && workshop.clones().size() == host.number("parked");
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void two_thousand_commands_in_a_row_leave_nothing_and_grow_nothing() {
        run(500);
        Holdings before = holdings();
        run(1500);
        Holdings after = holdings();

        assertEquals(before.clones(), after.clones());
        assertEquals(before.processes(), after.processes());
        assertEquals(before.mounts(), after.mounts());
        assertTrue(Math.abs(after.descriptors() - before.descriptors()) <= 3, before + " " + after);
        assertTrue(after.memoryKib() <= before.memoryKib() * 1.2, before + " " + after);
    }
}
