package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A host that lacks something; the client starts the service there by itself. */
@InWorkshop
class BrokenHostTest {
    /** Runs the client, then ends the service that it started. */
    private static final String TRY = "mayfly true; s=$?; %s serve --stop --runtime-dir $MAYFLY_RUNTIME_DIR; exit $s";

    private final Workshop workshop;

    BrokenHostTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private String attempt() {
        return TRY.formatted(workshop.host().mayfly());
    }

    private Call in(Path place, String script) {
        return workshop.bash(script).env("MAYFLY_RUNTIME_DIR", place.toString());
    }

    private static void assertEndedIn(Path place) {
        Eventually.holds("no process is left in " + place, () -> ProcessTable.about(place)
                .isEmpty());
        assertEquals(List.of(), Directories.names(place.resolve("clones")));
    }

    private static void assertSays(Outcome outcome, String message) {
        assertEquals(125, outcome.status(), outcome.toString());
        assertTrue(
                outcome.stderr().lines().anyMatch(line -> line.matches("mayfly: cannot .*" + message + ".*")),
                outcome.toString());
    }

    @Test
    @Against(Attack.MISSING_FEATURES)
    void without_user_namespaces_the_message_says_so() {
        Path place = workshop.work().resolve("no-namespaces");
        Outcome outcome = in(
                        place,
                        "exec unshare --user --map-current-user --keep-caps bash -c 'echo 0 >/proc/sys/user/max_user_namespaces;"
                                + attempt() + "'")
                .run();

        assertSays(outcome, "(user )?namespace");
        assertEndedIn(place);
    }

    @Test
    void a_runtime_directory_that_cannot_be_made_is_told() {
        in(Path.of("/proc/mayfly"), "mayfly true")
                .run()
                .fails(125, "cannot make the directory /proc/mayfly: .*", "name another with MAYFLY_RUNTIME_DIR");
    }

    @Test
    void a_runtime_directory_that_others_may_write_to_is_refused() {
        workshop.bash("mkdir -m 777 open; mkdir -m 700 own; ln -s own link")
                .run()
                .succeeds();

        in(workshop.work().resolve("open"), "mayfly true")
                .run()
                .fails(125, "cannot use the directory .*/open: Operation not permitted", "it must be .*");
        in(workshop.work().resolve("link"), "mayfly true")
                .run()
                .fails(125, "cannot use the directory .*/link: Operation not permitted", "it must be .*");
    }

    @Test
    void a_service_that_cannot_start_shows_its_log() {
        workshop.bash("mkdir -m 700 broken; mkdir broken/service.lock").run().succeeds();

        Outcome outcome =
                in(workshop.work().resolve("broken"), "mayfly true").run().exits(125);

        assertTrue(
                outcome.stderr().startsWith("mayfly: cannot start the service: it ended; the last of "),
                outcome.toString());
        assertTrue(outcome.stderr().contains("service.lock"), outcome.toString());
        assertTrue(outcome.stderr().endsWith("\nmayfly doctor says what this machine lacks\n"), outcome.toString());
    }
}
