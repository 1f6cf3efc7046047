package mayfly.integration.inheritance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

@InWorkshop
class DescriptorsTest {
    /** Which descriptors are open, as the command finds them. */
    private static final String OPEN =
            "for i in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$i ] && printf $i; done; true";

    /** The same as an exit status: 1, 2 and 4 for the three. */
    private static final String OPEN_BITS = """
            import os, sys
            sys.exit(sum(1 << i for i in range(3) if os.path.exists(f'/proc/self/fd/{i}')))
            """;

    private final Workshop workshop;

    DescriptorsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void many_bytes_pass_a_pipe_unchanged() {
        boolean gibibyte = workshop.identity() == Identity.USER && !workshop.isJava();
        String size = gibibyte ? "1G" : "256M";

        assertEquals(
                "same",
                workshop.bash("seq -f %.0f 1000000000 2000000000 2>/dev/null | head -c " + size
                                + " | tee >(sha256sum >before)"
                                + " | mayfly cat | sha256sum >after; until [ -s before ]; do sleep 0.01; done;"
                                + " cmp before after && echo same")
                        .within(Duration.ofSeconds(100))
                        .run()
                        .succeeds());
    }

    @Test
    void standard_error_stays_apart_and_order_is_kept() {
        Outcome outcome =
                workshop.mayfly("sh", "-c", "echo out; echo err >&2").run().exits(0);

        assertEquals("out", outcome.text());
        assertEquals("err\n", outcome.stderr());
        assertEquals(
                "1\n2\n3",
                workshop.bash("mayfly sh -c 'echo 1; echo 2 >&2; echo 3' 2>&1")
                        .run()
                        .succeeds());
    }

    @Test
    void standard_input_arrives() {
        assertEquals("typed", workshop.mayfly("cat").stdin("typed").run().succeeds());
        assertEquals("6", workshop.bash("printf abcdef | mayfly wc -c").run().succeeds());
    }

    @Test
    void a_file_is_read_and_written_at_its_offset() {
        assertEquals(
                "one\ninside two\nthree",
                workshop.bash(
                                "printf 'one\\ntwo\\nthree\\n' >in; { read -r x; echo $x; mayfly sh -c 'read -r y; echo inside $y';"
                                        + " cat; } <in")
                        .run()
                        .succeeds());
    }

    @Test
    void a_closed_descriptor_is_closed_for_the_command() {
        String command = "mayfly python3 -c \"$OPEN\"";
        assertEquals(
                "6 5 3 0",
                workshop.bash(command + " <&-; a=$?; " + command + " >&-; b=$?; " + command + " 2>&-; c=$?; " + command
                                + " <&- >&- 2>&-; echo $a $b $c $?")
                        .env("OPEN", OPEN_BITS)
                        .run()
                        .succeeds());
    }

    @Test
    @Against(Attack.INHERITED_DESCRIPTORS)
    void the_command_has_no_descriptor_but_its_three() {
        assertEquals(
                "012",
                workshop.bash("mayfly sh -c '" + OPEN + "' 3</etc/passwd 7</etc/hosts 9<&0")
                        .run()
                        .succeeds());
    }

    @Test
    @Against(Attack.DIRECTORY_AS_INPUT)
    void a_directory_as_a_descriptor_is_refused() {
        workshop.bash("mayfly true </etc")
                .run()
                .fails(125, "cannot give the command standard input: Is a directory", "a directory .*");
    }

    @Test
    void writing_to_a_closed_pipe_ends_the_command_as_without_mayfly() {
        assertEquals(
                "141",
                workshop.bash("{ mayfly yes; echo $? >status; } | head -n 1 >/dev/null; cat status")
                        .run()
                        .succeeds());
    }

    @Test
    void a_reader_that_is_ahead_does_not_lose_the_end() {
        String lines = workshop.isJava() ? "3" : "50";

        assertEquals(
                lines,
                workshop.bash("for i in $(seq " + lines
                                + "); do mayfly sh -c 'seq 1 2000; echo end' | tail -n 1; done | grep -c end")
                        .run()
                        .succeeds());
    }
}
