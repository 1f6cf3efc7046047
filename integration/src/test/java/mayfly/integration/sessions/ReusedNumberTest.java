package mayfly.integration.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** While no service runs, the number of a session's process becomes another's. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C)
@EnabledIf(
        value = "mayfly.integration.workshop.Host#isRoot",
        disabledReason = "only root may choose the number of a process")
class ReusedNumberTest {
    /** Kills a process, takes the lock that it held, and becomes a process of its number, by clone3(2). */
    private static final String DECOY = """
            import ctypes, fcntl, os, signal, struct, sys, time
            number, lock = int(sys.argv[1]), open(sys.argv[2])
            os.kill(number, signal.SIGKILL)
            while os.path.exists(f'/proc/{number}'):
                time.sleep(0.01)
            fcntl.flock(lock, fcntl.LOCK_EX)
            chosen = (ctypes.c_int * 1)(number)
            arguments = struct.pack('11Q', 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(chosen), 1, 0)
            child = ctypes.CDLL(None, use_errno=True).syscall(435, arguments, len(arguments))
            if child < 0:
                sys.exit(os.strerror(ctypes.get_errno()))
            if child > 0:
                print(child, 'is there', flush=True)
                _, status = os.waitpid(child, 0)
                print('killed by', os.WTERMSIG(status), flush=True)
            while True:
                signal.pause()
            """;

    private final Workshop workshop;
    private final Sessions sessions;

    ReusedNumberTest(Workshop workshop) {
        this.workshop = workshop;
        sessions = new Sessions(workshop);
    }

    private Properties record(String session) throws IOException {
        Path file = workshop.runtime().resolve("sessions/" + workshop.account().uid() + "/" + session);
        Properties record = new Properties();
        record.load(new StringReader(Directories.read(file)));
        return record;
    }

    @Test
    @Against(Attack.REUSED_PROCESS_ID)
    void the_next_service_does_not_signal_it() throws IOException {
        sessions.start("one");
        Properties record = record("one");
        int number = Integer.parseInt(record.getProperty("pid"));
        workshop.service().kill();
        Call.Running decoy = workshop.callAs(
                        workshop.serviceAccount(),
                        List.of("python3", "-c", DECOY, String.valueOf(number), record.getProperty("lock")))
                .start()
                .prints(number + " is there");
        try {
            workshop.startAgain();
            workshop.subcommand("session", "end", "one").run();
            workshop.subcommand("session", "list").run().exits(0);
            assertEquals("fine", workshop.prints("echo", "fine"));
            workshop.service().stop();
            workshop.startAgain();
            workshop.prints("true");

            assertTrue("SR".indexOf(ProcessTable.state(number)) >= 0, decoy.output());
            assertTrue(!decoy.output().contains("killed"), decoy.output());
        } finally {
            ProcessHandle.of(number).ifPresent(ProcessHandle::destroyForcibly);
            decoy.kill();
            decoy.await();
        }
        // The lock is free: what the session had is found and removed by the next service.
        workshop.service().stop();
        workshop.startAgain();
        Eventually.holds("the session is forgotten", () -> sessions.list().isEmpty());
    }
}
