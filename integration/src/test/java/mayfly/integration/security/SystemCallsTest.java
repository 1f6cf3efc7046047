package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** The seccomp filter, asked from inside. */
@InWorkshop(with = Client.C)
class SystemCallsTest {
    private static final int TRIED = 37;

    private final Workshop workshop;

    SystemCallsTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    @Against({Attack.NESTED_NAMESPACES, Attack.MOUNTS, Attack.FOREIGN_CALLS, Attack.LARGE_SURFACES, Attack.DEVICES})
    void what_gives_a_way_out_is_refused() {
        workshop.write("syscalls.c", Directories.resource(SystemCallsTest.class, "syscalls.c"));

        String results = workshop.inside("cc -w -o syscalls syscalls.c && ./syscalls");

        Set<String> refusals = Set.of("EPERM", "ENOSYS", "EAFNOSUPPORT", "EACCES", "ENOENT");
        List<String> allowed = results.lines()
                .filter(line -> !refusals.contains(line.substring(line.indexOf(' ') + 1)))
                .toList();
        assertEquals(List.of(), allowed);
        assertTrue(results.lines().count() >= TRIED, results);
    }

    @Test
    @Against(Attack.UNFILTERED_THREAD)
    void every_thread_is_filtered_and_can_gain_nothing() {
        String script = """
                import threading, os, time
                for i in range(3):
                    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
                for task in os.listdir('/proc/self/task'):
                    status = dict(l.split(':', 1) for l in open(f'/proc/self/task/{task}/status'))
                    print(status['Seccomp'].strip(), status['NoNewPrivs'].strip())
                """;

        assertEquals(
                List.of("2 1", "2 1", "2 1", "2 1"),
                workshop.prints("python3", "-c", script).lines().toList());
    }
}
