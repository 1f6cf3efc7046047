package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What it takes root to break. */
@InWorkshop(as = Identity.ROOT, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class RootHostTest {
    private final Workshop workshop;

    RootHostTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void without_bubblewrap_the_message_says_how_to_get_it() {
        Path place = workshop.work().resolve("no-bwrap");
        Outcome outcome = workshop.call(List.of(
                        "unshare",
                        "--mount",
                        "bash",
                        "-c",
                        "mount --bind /dev/null /usr/bin/bwrap; mayfly -q true; s=$?;"
                                + " mayfly serve --stop --runtime-dir $MAYFLY_RUNTIME_DIR; exit $s"))
                .env("MAYFLY_RUNTIME_DIR", place.toString())
                .run();

        assertEquals(125, outcome.status(), outcome.toString());
        assertTrue(
                outcome.stderr()
                        .startsWith("mayfly: cannot start a sandbox: bwrap is not installed\ninstall bubblewrap"),
                outcome.toString());
        Eventually.holds("no process is left", () -> ProcessTable.about(place).isEmpty());
    }

    @Test
    void who_may_not_use_the_socket_is_told() {
        workshop.service();

        workshop.callAs(
                        workshop.host().outsider(),
                        List.of(workshop.host().mayfly().toString(), "true"))
                .run()
                .fails(125, "cannot reach the service in " + workshop.runtime() + ": Permission denied", ".+");
    }
}
