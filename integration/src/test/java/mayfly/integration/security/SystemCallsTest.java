package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** The seccomp filter, asked from inside. */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT})
class SystemCallsTest {
    private static final int TRIED = 37;

    /** Says which threads of all processes that are to be seen have no filter or may gain something. */
    private static final String THREADS = """
            import glob, os, subprocess, threading
            hold = threading.Event()
            for i in range(3):
                threading.Thread(target=hold.wait, daemon=True).start()
            child = subprocess.Popen(['sleep', '1000'])
            seen = {}
            for path in glob.glob('/proc/[0-9]*/task/*/status'):
                try:
                    status = dict(line.rstrip('\\n').split(':', 1) for line in open(path))
                except (FileNotFoundError, ProcessLookupError):
                    continue
                process = int(path.split('/')[2])
                seen[process] = seen.get(process, 0) + 1
                if (status['Seccomp'].strip(), status['NoNewPrivs'].strip()) != ('2', '1'):
                    print('unfiltered', path, status['Name'].strip())
            child.kill()
            print('seen', seen.get(1), seen.get(os.getpid()), seen.get(child.pid))
            """;

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
        String outside = workshop.call(List.of("python3", "-c", THREADS)).run().succeeds();
        assertTrue(outside.contains("unfiltered /proc/1/task/1/status") && outside.endsWith(" 4 1"), outside);

        assertEquals("seen 1 4 1", workshop.prints("python3", "-c", THREADS));
    }

    @Test
    @Against(Attack.UNFILTERED_THREAD)
    void nor_is_there_another_one_in_a_session() {
        try {
            for (int i = 0; i < 2; i++) {
                assertEquals("seen 1 4 1", workshop.prints("--session", "threads", "python3", "-c", THREADS));
            }
        } finally {
            workshop.subcommand("session", "end", "threads").run().succeeds();
        }
    }
}
