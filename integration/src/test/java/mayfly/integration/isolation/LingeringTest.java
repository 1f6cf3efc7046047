package mayfly.integration.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * A process of a sandbox that is killed and does not end, as one that the kernel keeps waiting for a file system that does not
 * answer. Here it is one whose parent, outside, does not want to know of its end.
 */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT})
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "only root can start a process there")
class LingeringTest {
    private static final String[] COMMAND = {"sleep", "1000.25"};
    private static final String ENTER = """
            import os, signal, sys
            namespace = os.open(f'/proc/{sys.argv[1]}/ns/pid', os.O_RDONLY)
            own = os.open('/proc/self/ns/pid', os.O_RDONLY)
            read, write = os.pipe()
            import ctypes
            if ctypes.CDLL(None).setns(namespace, 0x20000000) != 0:
                raise OSError('setns')
            child = os.fork()
            if child == 0:
                signal.pause()
            print('inside', flush=True)
            signal.sigwait({signal.SIGUSR1})
            os.waitpid(child, 0)
            """;

    private final Workshop workshop;

    LingeringTest(Workshop workshop) {
        this.workshop = workshop;
    }

    /** Runs while {@code during} does: a command whose outermost process has been killed, with a process inside that stays. */
    private void whileOneLingers(Runnable during) {
        Call.Running run = workshop.mayfly(COMMAND).start();
        Eventually.holds("it runs", () -> ProcessTable.running(COMMAND).size() == 1);
        long inside = ProcessTable.running(COMMAND).get(0).pid();
        long outermost = ProcessTable.number(ProcessTable.number(inside, "PPid"), "PPid");
        Call.Running other = workshop.callAs(
                        Account.own(),
                        List.of(
                                "python3",
                                "-c",
                                "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})\n" + ENTER,
                                String.valueOf(inside)))
                .start()
                .prints("inside\n");
        try {
            run.kill();
            run.await();
            Eventually.holds("its outermost process has ended", () -> "ZX".indexOf(ProcessTable.state(outermost)) >= 0);
            during.run();
        } finally {
            other.signal("USR1").await();
        }
        workshop.isIdle();
    }

    private void itAloneCounts(List<String> before) {
        for (int i = 0; i < 3; i++) {
            assertEquals("fine", workshop.prints("echo", "fine"));
        }
        Eventually.holds("it alone still counts", () -> workshop.status().number("running") == 1);
        assertFalse(before.isEmpty());
        Eventually.holds("others have gone", () -> workshop.status().number("dirty") == 0);
        // The other one that was there was parked, and has been used since.
        assertEquals(1, workshop.clones().stream().filter(before::contains).count());
    }

    @Test
    @Against(Attack.SURVIVORS)
    void its_clone_is_kept_and_counted_until_it_has_ended() {
        whileOneLingers(() -> itAloneCounts(workshop.clones()));
    }

    @Test
    @Against(Attack.SURVIVORS)
    void the_next_service_keeps_and_counts_its_clone_too() {
        whileOneLingers(() -> {
            List<String> before = workshop.clones();
            workshop.service().kill();
            workshop.startAgain();
            itAloneCounts(before);
            assertEquals(1, workshop.status().number("adopted"));
        });
        Eventually.holds("none is left", () -> workshop.status().number("adopted") == 0);
    }
}
