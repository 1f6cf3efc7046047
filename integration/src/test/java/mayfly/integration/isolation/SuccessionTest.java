package mayfly.integration.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** Successive commands share nothing. */
@InWorkshop(on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
class SuccessionTest {
    private static final String LISTENER = """
            import socket, time
            listener = socket.socket(socket.AF_UNIX)
            listener.bind('\\0mayfly-test-abstract')
            listener.listen()
            print('listening', flush=True)
            time.sleep(100)
            """;
    private static final String CONNECTOR = """
            import socket
            try:
                socket.socket(socket.AF_UNIX).connect('\\0mayfly-test-abstract')
                print('connected')
            except ConnectionRefusedError:
                print('refused')
            """;

    private final Workshop workshop;

    SuccessionTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    @Against(Attack.LEFT_MESSAGES)
    void a_command_cannot_see_the_files_of_the_previous_run() {
        String places = ". ~ /tmp /var/tmp /dev/shm";
        String left = workshop.inside(
                "for d in " + places + "; do echo left >$d/mayfly-test-left && echo $d; done; mkdir /dev/shm/d");
        assertEquals(5, left.lines().count());

        assertEquals(
                "",
                workshop.inside("for d in " + places + " /run /dev; do ls -d $d/mayfly-test-left 2>/dev/null; done;"
                        + " ls -A /dev/shm"));
        assertTrue(Tool.output("sh", "-c", "ls /tmp /var/tmp /dev/shm").lines().noneMatch("mayfly-test-left"::equals));
    }

    @Test
    @Against(Attack.SURVIVORS)
    void a_command_cannot_see_the_processes_of_the_previous_run() {
        workshop.inside(
                "setsid -f sleep 7654.01 >/dev/null 2>&1; nohup sleep 7654.02 >/dev/null 2>&1 & sleep 7654.03 &");

        String seen = workshop.prints("ps", "-eo", "args");

        assertTrue(seen.lines().noneMatch(line -> line.startsWith("sleep")), seen);
        assertTrue(seen.lines().count() <= 5, seen);
        for (String number : List.of("7654.01", "7654.02", "7654.03")) {
            Eventually.holds("sleep " + number + " is killed", () -> ProcessTable.running("sleep", number)
                    .isEmpty());
        }
    }

    @Test
    void a_command_cannot_see_the_hosts_processes() {
        String own = String.valueOf(ProcessHandle.current().pid());

        assertEquals("1", workshop.inside("[ -d /proc/1 ] && ls -d /proc/[0-9]* | grep -c '/1$'"));
        assertTrue(
                workshop.prints("ps", "-e", "-o", "args=").lines().noneMatch(line -> line.contains("surefire")), own);
    }

    @Test
    @Against(Attack.LEFT_MESSAGES)
    void a_command_cannot_see_the_system_v_ipc_of_the_previous_run() {
        workshop.inside("ipcmk -M 4096 && ipcmk -Q && ipcmk -S 1");

        assertEquals("", workshop.inside("ipcs | grep ^0x || true"));
    }

    @Test
    @Against(Attack.ABSTRACT_SOCKETS)
    void commands_that_run_at_once_do_not_reach_each_other() {
        Call.Running first = workshop.bash("exec mayfly python3 -c \"$LISTENER\"")
                .env("LISTENER", LISTENER)
                .start()
                .prints("listening");

        assertEquals("refused", workshop.prints("python3", "-c", CONNECTOR));
        assertTrue(workshop.prints("ps", "-e", "-o", "args=").lines().noneMatch(line -> line.contains("bind")));
        first.signal("TERM").await().exits(143);
    }

    @Test
    @Against(Attack.LEFT_MESSAGES)
    void a_key_that_a_run_has_left_is_in_no_ring_of_the_next() {
        // add_key(2) and request_key(2) on the rings of the session, the user and the process.
        String script = """
                import ctypes, platform, sys
                add, request = (248, 249) if platform.machine() == 'x86_64' else (217, 218)
                call = ctypes.CDLL(None, use_errno=True).syscall
                for ring in -3, -4, -5, -2:
                    if sys.argv[1] == 'add':
                        call(add, b'user', b'mayfly-test', b'secret', ctypes.c_size_t(6), ring)
                    elif call(request, b'user', b'mayfly-test', None, ring) > 0:
                        print('found')
                print('tried')
                """;

        assertEquals("tried", workshop.prints("python3", "-c", script, "add"));
        assertEquals("tried", workshop.prints("python3", "-c", script, "request"));
        assertEquals(
                "tried",
                workshop.call(List.of("python3", "-c", script, "request")).run().succeeds());
    }

    @Test
    @Against(Attack.LEFT_MESSAGES)
    void a_lock_of_a_file_that_both_see_says_nothing() {
        Path own = workshop.write("seen-by-both", "");
        String script = """
                import fcntl, sys, time
                files = [open(name) for name in sys.argv[2:]]
                for file in files:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                print('locked', flush=True)
                if sys.argv[1] == 'hold':
                    time.sleep(1000)
                """;
        Call.Running holder = workshop.mayfly("python3", "-c", script, "hold", own.toString(), "/etc/passwd", "/bin/sh")
                .start()
                .prints("locked");
        try {
            String[] names = {"python3", "-c", script, "try", own.toString(), "/etc/passwd", "/bin/sh"};
            assertEquals("locked", workshop.prints(names));
            assertEquals("locked", workshop.call(List.of(names)).run().succeeds());
        } finally {
            holder.kill();
            holder.await();
        }
    }
}
