package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Who has a sandbox from root's service has no power over it but through its command. */
@InWorkshop(
        as = Identity.MEMBER,
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE})
class OutsideTest {
    /** Each of the caller's processes of bubblewrap and what they have started is tried. */
    private static final String TRIES = """
            tried=0
            for process in $(pgrep -u "$(id -u)" -x bwrap; pgrep -u "$(id -u)" -x sleep) $(pgrep -u "$(id -u)" -f 'fd/4'); do
                [ $process != $$ ] || continue
                tried=$((tried + 1))
                nsenter --user --target $process true 2>/dev/null && echo "entered the user namespace of $process"
                nsenter --mount --target $process true 2>/dev/null && echo "entered the mounts of $process"
                [ -e /proc/$process/root/etc ] && echo "looked at the root of $process"
                readlink /proc/$process/fd/0 >/dev/null && echo "looked at the descriptors of $process"
                head -c 1 /proc/$process/mem >/dev/null 2>&1 && echo "read the memory of $process"
            done 2>/dev/null
            [ $tried -gt 2 ] && echo tried
            """;

    private final Workshop workshop;

    OutsideTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    @Against(Attack.TRACED_HELPER)
    void a_user_can_neither_enter_nor_observe_his_sandboxes_from_outside() {
        Call.Running running =
                workshop.mayfly("sh", "-c", "echo up; exec sleep 67").start().prints("up");
        // A native one has two processes of its user's: with the next one, which is ready, there are more than two.
        workshop.hasParked("host");
        Eventually.holds("it sleeps", () -> !ProcessTable.running("sleep", "67").isEmpty());
        try {
            assertEquals("tried", workshop.bash(TRIES).run().text().strip());
        } finally {
            running.kill();
            running.await();
        }
    }
}
