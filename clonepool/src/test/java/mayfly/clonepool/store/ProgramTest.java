package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.ProcessEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ProgramTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void arguments_arrive_as_they_are() throws IOException {
        Bytes odd = Bytes.fromLatin1("\u00ff; $(x) 'y'\n");
        Program.Result result =
                Program.at("/usr/bin/printf").with("%s").with(odd).run(LIMIT, 100);
        assertEquals(odd, result.output());
        assertTrue(result.succeeded());
    }

    @Test
    void nothing_of_the_environment_gets_in() throws IOException {
        Program.Result result = Program.at("/usr/bin/env").run(LIMIT, 1000);
        assertEquals("PATH=/usr/bin:/bin\nLC_ALL=C\n", result.output().text());
    }

    @Test
    void a_failure_is_told_in_the_programs_own_words() throws IOException {
        Program.Result result = Program.at("/bin/sh")
                .with("-c", "echo first >&2; echo second; exit 3")
                .run(LIMIT, 100);
        assertEquals(Optional.of(new ProcessEnd.Exited(3)), result.end());
        assertFalse(result.succeeded());
        assertEquals("first", result.failure());
        assertEquals("second\n", result.output().text());
        assertEquals("first\n", result.error().text());
        assertEquals(
                "it ended with Killed[signal=9]",
                Program.at("/bin/sh").with("-c", "kill -9 $$").run(LIMIT, 100).failure());
    }

    @Test
    void output_beyond_the_bound_is_thrown_away() throws IOException {
        Program.Result result =
                Program.at("/usr/bin/head").with("-c", "1000000", "/dev/zero").run(LIMIT, 10);
        assertTrue(result.succeeded());
        assertEquals(10, result.output().length());
        assertFalse(result.isWhole());
    }

    @Test
    void output_is_kept_up_to_the_bound_and_known_to_be_whole() throws IOException {
        Program.Result result =
                Program.at("/usr/bin/head").with("-c", "1000000", "/dev/zero").run(LIMIT, 1_000_000);
        assertEquals(1_000_000, result.output().length());
        assertTrue(result.isWhole());
    }

    @Test
    void a_program_that_takes_too_long_is_killed() throws IOException {
        Program.Result result = Program.at("/usr/bin/sleep").with("1000").run(Duration.ofMillis(50), 10);
        assertEquals(Optional.empty(), result.end());
        assertEquals("it took too long", result.failure());
    }

    @Test
    void a_program_that_goes_on_without_its_output_is_killed_as_well() throws IOException {
        Program.Result result =
                Program.at("/bin/sh").with("-c", "exec >&- 2>&-; kill -STOP $$").run(Duration.ofSeconds(2), 100);
        assertEquals("it took too long", result.failure());
    }

    @Test
    void a_program_that_is_missing_is_an_error() {
        assertThrows(PosixException.class, () -> Program.at("/nowhere").run(LIMIT, 10));
    }

    @Test
    void a_programs_directory_is_no_part_of_its_words() throws IOException {
        Program.Result result =
                Program.at("/usr/bin/cp").with("/no/where", "/tmp").run(LIMIT, 1000);
        assertEquals("cp: cannot stat '/no/where': No such file or directory", result.failure());
    }
}
