package mayfly.integration.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What only root can break. */
@InWorkshop(
        as = Identity.ROOT,
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class RootsOwnTest {
    private static final Path CANARY = Path.of("/etc/mayfly-test-canary");

    private final Workshop workshop;

    RootsOwnTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void root_may_destroy_etc_and_usr_and_the_host_keeps_them() {
        workshop.inside("echo changed >/etc/mayfly-test-probe; echo changed >/usr/mayfly-test-probe");
        assertFalse(Files.exists(Path.of("/etc/mayfly-test-probe")), "the sandbox has the host's /etc");
        assertFalse(Files.exists(Path.of("/usr/mayfly-test-probe")), "the sandbox has the host's /usr");
        Directories.write(CANARY, "alive");
        try {
            assertEquals("gone", workshop.inside("rm -rf /etc /usr; [ ! -e /etc ] && [ ! -e /usr ] && echo gone"));
            assertEquals("alive", Directories.read(CANARY));
            assertTrue(Files.exists(Path.of("/usr/bin/env")));
            assertEquals("alive", workshop.prints("cat", CANARY.toString()));
        } finally {
            assertTrue(CANARY.toFile().delete());
        }
    }

    @Test
    void root_has_all_ids_and_power_over_files() {
        assertEquals(
                "12345:54321 dropped 65534",
                workshop.inside("cd /tmp; touch a; chown 12345:54321 a; echo $(stat -c %u:%g a)"
                        + " $(setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'echo dropped; id -u')"));
    }

    @Test
    void directories_of_others_are_open_to_root() {
        assertEquals(
                "yes", workshop.inside("cd /tmp; mkdir d; touch d/f; chown -R 7:7 d; chmod 0 d; rm d/f && echo yes"));
    }
}
