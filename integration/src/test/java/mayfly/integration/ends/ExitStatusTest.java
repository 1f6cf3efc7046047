package mayfly.integration.ends;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop
class ExitStatusTest {
    private final Workshop workshop;

    ExitStatusTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void every_exit_status_comes_back() {
        String statuses = workshop.isJava()
                ? "0 1 42 128 255"
                : IntStream.range(0, 256).mapToObj(String::valueOf).collect(Collectors.joining(" "));

        assertEquals(
                statuses,
                workshop.bash("for i in " + statuses + "; do mayfly sh -c \"exit $i\"; echo $?; done | xargs")
                        .run()
                        .succeeds());
    }

    @Test
    void death_by_signal_n_is_128_and_n() {
        String signals = workshop.isJava() ? "9 15" : "1 2 3 4 6 8 9 10 11 12 13 14 15 31 34 64";

        assertEquals(
                Stream.of(signals.split(" "))
                        .map(number -> String.valueOf(128 + Integer.parseInt(number)))
                        .collect(Collectors.joining(" ")),
                workshop.bash("for i in " + signals
                                + "; do mayfly sh -c \"ulimit -c 0; kill -$i \\$\\$; sleep 60\"; echo $?; done | xargs")
                        .run()
                        .succeeds());
    }

    @Test
    void a_command_that_is_not_found_is_127() {
        workshop.mayfly("mayfly-test-nothing")
                .run()
                .fails(127, "cannot run mayfly-test-nothing: No such file or directory", "");
        workshop.mayfly("/mayfly/test/nothing")
                .run()
                .fails(127, "cannot run /mayfly/test/nothing: No such file or directory", "");
        workshop.mayfly("--", "").run().fails(127, "cannot run : No such file or directory", "");
    }

    @Test
    void a_command_that_is_not_executable_is_126() {
        workshop.write("plain", "echo no");

        workshop.mayfly("./plain").run().fails(126, "cannot run ./plain: Permission denied", "");
        workshop.mayfly("/usr").run().fails(126, "cannot run /usr: Permission denied", "");
    }

    @Test
    void a_script_without_an_interpreter_line_is_the_shells() {
        assertEquals(
                "one two",
                workshop.inside("echo 'echo $1 \"$2\"' >script; chmod +x script; exec 3>&-; ./script one two"));
        workshop.script("script", "echo \"$0\" \"$@\"\n");
        assertEquals("./script a b", workshop.prints("./script", "a", "b"));
    }

    @Test
    void a_script_whose_interpreter_is_missing_is_127() {
        workshop.script("orphan", "#!/mayfly/test/nothing\n");

        workshop.mayfly("./orphan").run().exits(127);
    }
}
