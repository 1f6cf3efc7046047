package mayfly.integration.ends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** {@code --status-fd}. */
@InWorkshop
class StatusLineTest {
    private static final Set<String> FIELDS = Set.of(
            "exit",
            "signal",
            "elapsed_ms",
            "user_ms",
            "system_ms",
            "max_rss_kib",
            "template",
            "snapshot",
            "backend",
            "clone");

    private final Workshop workshop;

    StatusLineTest(Workshop workshop) {
        this.workshop = workshop;
    }

    private Json statusOf(int exit, String command) {
        workshop.bash("mayfly --status-fd 3 " + command + " 3>status").run().exits(exit);
        String line = workshop.read("status");
        assertTrue(line.endsWith("}\n") && line.indexOf('\n') == line.length() - 1, line);
        Json status = Json.object(line);
        assertEquals(FIELDS, status.names());
        return status;
    }

    @Test
    void the_status_line_tells_exit_code_times_memory_and_origin() {
        Json status = statusOf(7, "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 0.2; exit 7'");

        assertEquals(7, status.number("exit"));
        assertTrue(status.isNull("signal"));
        assertEquals("host", status.text("template"));
        assertEquals("bwrap", status.text("backend"));
        assertTrue(status.text("clone").startsWith("host_"), status.toString());
        assertTrue(status.number("elapsed_ms") >= 200 + status.number("user_ms"), status.toString());
        assertTrue(status.number("user_ms") > 5, status.toString());
        assertTrue(status.number("system_ms") >= 0, status.toString());
        assertTrue(status.number("max_rss_kib") > 500, status.toString());
    }

    @Test
    void the_status_line_tells_the_signal_that_ended_the_command() {
        Json status = statusOf(143, "sh -c 'kill -TERM $$; sleep 60'");

        assertEquals(15, status.number("signal"));
        assertTrue(status.isNull("exit"));
    }

    @Test
    void the_status_line_of_a_command_that_is_missing_tells_127() {
        assertEquals(127, statusOf(127, "mayfly-test-nothing").number("exit"));
    }

    @Test
    void the_command_does_not_get_the_descriptor_of_the_status_line() {
        workshop.bash("mayfly --status-fd 3 sh -c 'echo lie >&3' 3>status")
                .run()
                .exits(2);

        assertTrue(!workshop.read("status").contains("lie"));
    }

    @Test
    void a_descriptor_that_is_not_open_is_refused_before_anything_runs() {
        workshop.mayfly("--status-fd", "77", "echo", "ran")
                .run()
                .fails(125, "cannot write the status line: Bad file descriptor", "--status-fd names .*");
    }

    /** Whatever numbers the client's own have. */
    @Test
    void nor_is_a_descriptor_of_the_clients_own_taken_for_the_callers() {
        for (int descriptor = 3; descriptor < 12; descriptor++) {
            workshop.bash("exec " + descriptor + ">&-; mayfly --status-fd " + descriptor + " echo ran")
                    .run()
                    .fails(125, "cannot write the status line: Bad file descriptor", "--status-fd names .*");
        }
    }
}
