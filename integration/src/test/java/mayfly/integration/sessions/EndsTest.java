package mayfly.integration.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How sessions end, and what they survive. */
@InWorkshop(with = Client.C)
class EndsTest {
    private final Workshop workshop;
    private final Sessions sessions;

    EndsTest(Workshop workshop) {
        this.workshop = workshop.configured("[limits]\nsessions-per-user = 3\nsession-idle-max = \"2h\"\n");
        sessions = new Sessions(workshop);
    }

    @AfterEach
    void end() {
        sessions.close();
        workshop.service();
        Eventually.holds(
                "no file of a session is left",
                () -> Directories.names(workshop.runtime().resolve("sessions")).stream()
                        .allMatch(uid -> Directories.names(
                                        workshop.runtime().resolve("sessions").resolve(uid))
                                .isEmpty()));
    }

    @Test
    void a_session_without_commands_ends_after_its_idle_time() {
        Call.Running command = sessions.in("one", "--idle", "3", "bash", "-c", "echo up; sleep 4; echo done")
                .start();

        assertTrue(command.await().exits(0).text().contains("done"), "a command that runs is not idle");
        sessions.isGone("one");
        Eventually.holds("its clone is destroyed", () -> workshop.clones().stream()
                .noneMatch(clone -> clone.endsWith(".dirty")));
    }

    @Test
    void limits_of_the_configuration_hold() {
        sessions.start("one").start("two").start("three");
        sessions.call("start", "four")
                .run()
                .fails(
                        125,
                        "cannot start session four: 3 sessions are there, the limit of \\[limits\\] sessions-per-user",
                        "end one .*");
        sessions.call("start", "five", "--idle", "3h").run().exits(125);
        sessions.call("start", "five", "--idle", "nonsense").run().exits(125);
    }

    @Test
    void a_session_survives_the_end_of_the_service() {
        sessions.start("one");
        sessions.prints("one", "echo kept >/tmp/kept");
        Call.Running command = sessions.script("one", "echo up; read x </tmp/kept; sleep 1000")
                .start()
                .prints("up");

        workshop.service().stop();
        workshop.startAgain();

        assertEquals("kept", sessions.prints("one", "cat /tmp/kept"));
        assertTrue(command.isAlive());
        assertEquals(
                List.of("one"),
                sessions.list().stream().map(session -> session.text("name")).toList());
        assertEquals(
                "one ended", workshop.subcommand("session", "end", "one").run().succeeds());
        command.await().exits(125);
    }

    @Test
    void a_session_survives_the_kill_of_the_service_and_is_counted_by_the_next() {
        sessions.start("one").start("two");
        sessions.prints("one", "echo kept >/tmp/kept");

        workshop.service().kill();
        workshop.startAgain();

        assertEquals("kept", sessions.prints("one", "cat /tmp/kept"));
        sessions.start("three");
        sessions.call("start", "four").run().exits(125);
        Json status = workshop.status();
        assertEquals(3, status.number("sessions"));
        assertEquals(3, status.number("running"));
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void a_session_that_ends_without_a_service_is_forgotten_by_the_next() {
        sessions.start("one", "--time", "1");

        workshop.service().stop();
        Eventually.holds(
                "nobody listens",
                () -> workshop.clones().stream().noneMatch(clone -> clone.endsWith(".used"))
                        || ProcessTable.about(workshop.runtime()).isEmpty());
        workshop.startAgain();

        sessions.isGone("one");
        assertEquals(List.of(), sessions.list());
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void a_session_of_a_killed_service_is_ended_by_the_next() {
        sessions.start("one");
        sessions.prints("one", "sleep 1000 </dev/null >/dev/null 2>&1 &");
        workshop.service().kill();
        workshop.startAgain();

        workshop.subcommand("session", "end", "one").run().succeeds();

        sessions.isGone("one");
    }
}
