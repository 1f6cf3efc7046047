package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class ProcessesTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void a_descriptor_says_which_process_it_stands_for_until_that_has_ended() throws IOException {
        int pid = Spawns.command("sleep", "1000").start();
        int pidFd = Processes.pidFd(pid);
        try {
            ProcessIdentity identity = Processes.identityOf(pidFd).orElseThrow();
            assertEquals(pid, identity.pid());
            assertEquals(Optional.of(identity), Processes.identity(pid));
            Processes.kill(pid, Kernel.SIGKILL);
            Processes.await(identity);
            assertTrue(Processes.hasEnded(pidFd));
            assertEquals(Optional.empty(), Processes.identityOf(pidFd));
            Processes.await(pid);
            assertEquals(Optional.empty(), Processes.identityOf(pidFd));
            Processes.await(identity);
        } finally {
            Descriptors.close(pidFd);
        }
    }

    @Test
    void the_end_of_another_process_of_the_same_id_is_not_awaited() throws IOException {
        ProcessIdentity own =
                Processes.identity((int) ProcessHandle.current().pid()).orElseThrow();
        Processes.await(new ProcessIdentity(own.pid(), own.start() + 1));
    }

    @Test
    void children_that_nobody_waits_for_are_reaped_when_they_end() throws Exception {
        Thread[] before = threads();
        int[] running = new int[50];
        CountDownLatch gone = new CountDownLatch(running.length);
        for (int i = 0; i < running.length; i++) {
            running[i] = Spawns.command("sleep", "1000").start();
            Processes.reapLater(running[i], gone::countDown);
        }
        assertEquals(running.length, gone.getCount());
        assertTrue(threads().length <= before.length + 1, "one thread waits for all");
        for (int pid : running) {
            Processes.kill(pid, Kernel.SIGKILL);
        }
        gone.await();
        for (int pid : running) {
            assertThrows(PosixException.class, () -> Processes.poll(pid), "it is no child any more");
        }
    }

    @Test
    void a_child_that_has_ended_before_is_reaped_at_once() throws Exception {
        int pid = Spawns.command("true").start();
        Processes.await(Processes.identity(pid).orElseThrow());
        CountDownLatch gone = new CountDownLatch(1);
        Processes.reapLater(pid, gone::countDown);
        gone.await();
        assertThrows(PosixException.class, () -> Processes.poll(pid));
    }

    private static Thread[] threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("waits for"))
                .toArray(Thread[]::new);
    }
}
