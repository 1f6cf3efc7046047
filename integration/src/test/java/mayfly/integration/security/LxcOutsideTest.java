package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A user's sandbox of LXC has no user namespace that would keep his processes outside from what is inside. */
@InWorkshop(as = Identity.MEMBER, with = Client.C, on = Backend.LXC)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcOutsideTest {
    private final Workshop workshop;

    LxcOutsideTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** The kernel lets nobody trace a process from its start on that executes what he may not read. */
    @Test
    @Against(Attack.TRACED_HELPER)
    void a_user_may_execute_mayfly_init_and_not_read_it() {
        Call.Running running = workshop.mayfly("sh", "-c", "echo up; exec sleep 8771.7")
                .start()
                .prints("up");
        try {
            ProcessTable.Entry sleep =
                    Eventually.gives("the shell has become it", () -> ProcessTable.running("sleep", "8771.7").stream()
                            .findFirst());
            long init = ProcessTable.number(sleep.pid(), "PPid");
            assertEquals(
                    "711 0",
                    Tool.output("stat", "-L", "-c", "%a %u", "/proc/" + init + "/exe")
                            .strip());
            assertEquals(
                    "refused",
                    workshop.bash("head -c 1 /proc/" + init + "/mem 2>/dev/null || echo refused")
                            .run()
                            .text()
                            .strip());
        } finally {
            running.kill();
            running.await();
        }
    }
}
