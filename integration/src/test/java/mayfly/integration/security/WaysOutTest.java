package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Descriptors and working directories by which a command could stand outside of its root. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT})
class WaysOutTest {
    /** Goes up from a directory and says whether it gets to the root as it is inside, and no further. */
    private static final String CLIMB = """
            import os, sys
            start = os.open(sys.argv[1], os.O_PATH | os.O_DIRECTORY)
            os.fchdir(start)
            for i in range(40):
                os.chdir('..')
            print(os.path.samestat(os.stat('.'), os.stat('/')))
            """;

    private final Workshop workshop;

    WaysOutTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    @Against(Attack.DIRECTORY_AS_INPUT)
    void a_directory_is_refused_as_each_of_the_three_however_it_was_opened() {
        List<String> names = List.of("input", "output", "error");
        String open = """
                import os, sys
                flags, number = int(sys.argv[1]), int(sys.argv[2])
                message = os.dup(2)
                os.dup2(os.open('/', flags), number)
                if number == 2:
                    os.set_inheritable(message, True)
                os.execvp(sys.argv[3], sys.argv[3:])
                """;
        for (int i = 0; i < names.size(); i++) {
            for (String flags : List.of("0", "0x200000", "0x10000")) { // O_RDONLY, O_PATH, O_DIRECTORY
                Outcome outcome = workshop.bash("flags=$((" + flags + ")); python3 -c \"$OPEN\" $flags " + i
                                + " mayfly python3 -c \"$CLIMB\" /proc/self/fd/" + i)
                        .env("OPEN", open)
                        .env("CLIMB", CLIMB)
                        .run()
                        .exits(125);
                assertEquals("", outcome.stdout());
                if (i != 2) {
                    assertEquals(
                            "mayfly: cannot give the command standard " + names.get(i) + ": Is a directory",
                            outcome.stderr().lines().findFirst().orElse(""));
                }
            }
        }
    }

    @Test
    @Against(Attack.INHERITED_DESCRIPTORS)
    void a_working_directory_by_the_number_of_a_descriptor_is_inside_or_none() {
        for (int i = 0; i < 40; i++) {
            for (String process : List.of("self", "1", "thread-self")) {
                Outcome outcome = workshop.mayfly("-p", "/proc/" + process + "/fd/" + i, "python3", "-c", CLIMB, ".")
                        .run();
                if (outcome.status() != 125) {
                    assertEquals("True", outcome.succeeds());
                }
            }
        }
    }

    @Test
    @Against(Attack.INHERITED_DESCRIPTORS)
    void nothing_above_the_root_is_reached_from_any_directory() {
        for (String directory : List.of("/", ".", "/proc/self/cwd", "/proc/self/root", "/dev/shm", "/tmp")) {
            assertEquals("True", workshop.prints("python3", "-c", CLIMB, directory));
        }
    }

    @Test
    @Against(Attack.INHERITED_DESCRIPTORS)
    void a_working_directory_that_has_been_deleted_is_no_way_to_the_host() {
        String script = "mkdir gone; cd gone; rmdir ../gone; mayfly python3 -c \"$CLIMB\" ." + " 2>/dev/null; true";

        String printed =
                workshop.bash(script).env("CLIMB", CLIMB).run().exits(0).text();

        assertEquals("", printed.replace("True", ""));
        assertEquals(List.of(), Directories.names(workshop.work().resolve("gone")));
    }

    @Test
    @Against(Attack.INHERITED_DESCRIPTORS)
    void no_descriptor_of_the_callers_is_inherited_whatever_its_number() {
        String numbers = workshop.bash("exec 3</ 7</etc/passwd 9<&0 63</; mayfly "
                        + "python3 -c \"import os; print(sorted(os.listdir('/proc/self/fd'), key=int))\"")
                .run()
                .exits(0)
                .text();

        // The fourth is the one by which they are listed.
        assertEquals("['0', '1', '2', '3']", numbers);
    }
}
