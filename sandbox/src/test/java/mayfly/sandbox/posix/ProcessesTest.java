package mayfly.sandbox.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Optional;
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
}
