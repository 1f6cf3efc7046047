package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend lxc. */
@OnBackend("lxc")
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcConfinementTest extends ConfinementTest {
    private final Workshop workshop;

    LxcConfinementTest(Workshop workshop) {
        super(workshop.using("lxc").with("LXC_CPU_QUOTA", "0"));
        this.workshop = workshop;
    }

    /** LXC makes them shared, but among themselves alone: a master would be outside. */
    @Test
    @Against(Attack.PROPAGATION)
    @Override
    void mounts_pass_neither_in_nor_out() {
        assertTrue(workshop.prints("cat", "/proc/self/mountinfo").lines().noneMatch(line -> line.contains(" master:")));
        assertTrue(!Directories.read(Path.of("/proc/self/mountinfo"))
                .contains(workshop.runtime().toString()));
    }

    /** Who has no capability has none to lose: a user namespace is root's. */
    @Test
    @Override
    void the_namespaces_are_the_sandboxs_own() {
        for (String name : List.of("mnt", "pid", "ipc", "uts", "net", "cgroup", "user")) {
            if (workshop.identity().isRoot() || !name.equals("user")) {
                assertNotEquals(
                        Tool.output("readlink", "/proc/self/ns/" + name),
                        workshop.prints("readlink", "/proc/self/ns/" + name),
                        name);
            }
        }
    }

    /** docs/security.md: those of /proc can be. */
    @Override
    String machinesFiles() {
        return "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /proc/keys /proc/interrupts";
    }
}
