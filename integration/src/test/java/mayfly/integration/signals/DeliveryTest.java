package mayfly.integration.signals;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop
class DeliveryTest {
    private static final List<String> NAMES = List.of("HUP", "INT", "TERM", "USR1", "USR2", "QUIT");

    private final Workshop workshop;

    DeliveryTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void each_signal_reaches_the_command() {
        // A JVM keeps SIGQUIT for itself, to print its threads: the Java client cannot pass it on.
        List<String> names = workshop.isJava() ? NAMES.subList(0, NAMES.size() - 1) : NAMES;
        Call.Running running = workshop.mayfly(
                        "bash",
                        "-c",
                        "for s in $2; do trap \"echo got $s; ((++n == $1)) && exit 9\" $s; done;"
                                + " echo ready; while :; do read -t 0.01 x <> <(:); done",
                        "bash",
                        String.valueOf(names.size()),
                        String.join(" ", names))
                .start()
                .prints("ready");

        for (String name : names) {
            running.signal(name).prints("got " + name);
        }

        assertEquals(
                names.size(),
                running.await().exits(9).lines().stream()
                        .filter(line -> line.startsWith("got"))
                        .count());
    }

    @Test
    void a_signal_that_the_command_does_not_catch_ends_it() {
        Call.Running running = workshop.mayfly("sh", "-c", "echo ready; exec sleep 8765.1")
                .start()
                .prints("ready");
        Eventually.holds(
                "sleep runs", () -> !ProcessTable.running("sleep", "8765.1").isEmpty());

        running.signal("TERM").await().exits(143);

        Eventually.holds(
                "sleep ends", () -> ProcessTable.running("sleep", "8765.1").isEmpty());
    }

    @Test
    void a_signal_reaches_all_processes_of_the_commands_group() {
        Call.Running running = workshop.mayfly(
                        "bash",
                        "-c",
                        "(trap 'echo child; exit' TERM; echo one; while :; do sleep 0.01; done) &"
                                + " trap 'wait; echo parent; exit 4' TERM; echo two; wait")
                .start()
                .prints("one")
                .prints("two");

        String text = running.signal("TERM").await().exits(4).text();

        assertTrue(text.contains("child") && text.contains("parent"), text);
    }

    @Test
    void stop_and_continue_work_on_client_and_command() {
        Call.Running running = workshop.mayfly(
                        "bash",
                        "-c",
                        "trap 'echo going on' CONT; echo ready; while [ ! -e /tmp/x ]; do sleep 0.01; done")
                .asJob()
                .start()
                .prints("ready");

        running.signal("TSTP");
        Eventually.holds("the client is stopped", () -> ProcessTable.state(running.pid()) == 'T');
        running.signal("CONT").prints("going on");
        Eventually.holds("the client goes on", () -> ProcessTable.state(running.pid()) != 'T');

        running.signal("TERM").await().exits(143);
    }

    @Test
    void a_command_that_stops_itself_stops_the_client_as_well() {
        Call.Running running = workshop.mayfly("sh", "-c", "echo ready; kill -STOP $$; echo on; exit 3")
                .asJob()
                .start()
                .prints("ready");
        Eventually.holds("the client is stopped", () -> ProcessTable.state(running.pid()) == 'T');

        running.signal("CONT").await().exits(3);
    }

    @Test
    void with_option_i_an_interrupt_reaches_the_command_only() {
        Call.Running running = workshop.mayfly(
                        "-i", "bash", "-c", "trap 'echo got it; exit 5' INT; echo ready; while :; do sleep 0.01; done")
                .start()
                .prints("ready");

        running.signal("INT").prints("got it").await().exits(5);
    }

    @Test
    void a_leftover_that_holds_the_output_open_does_not_hold_the_client() {
        assertEquals(
                "started 0",
                workshop.bash(
                                "mayfly sh -c 'setsid sleep 8765.2 & echo started' | { read -r x; cat; echo $x ${PIPESTATUS[0]}; }")
                        .run()
                        .succeeds());
        Eventually.holds("the leftover ends", () -> ProcessTable.running("sleep", "8765.2")
                .isEmpty());
    }
}
