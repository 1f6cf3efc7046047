package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a template may have in it without its being more in a sandbox of LXC. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C,
        on = Backend.LXC)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcTemplateTest {
    private final Workshop workshop;
    private final Path root;

    LxcTemplateTest(Workshop workshop) {
        root = workshop.directory().resolve("root");
        this.workshop = workshop.configured("[template.full]\nstore = \"overlay\"\npath = \"" + root + "\"\n");
    }

    @BeforeEach
    void makeRoot() {
        BusyboxRoot.make(root);
        Tool.output("sh", "-ec", "[ -e $1 ] || mknod -m 666 $1 c 1 3", "sh", root + "/nothing");
    }

    @Test
    @Against(Attack.DEVICES)
    void its_devices_and_setuid_files_are_none() {
        assertEquals(
                "refused",
                workshop.prints("-z", "full", "/bin/sh", "-c", "(echo x >/nothing) 2>/dev/null || echo refused"));
        assertEquals(
                "rw,nosuid,nodev,relatime",
                workshop.prints("-z", "full", "/bin/sh", "-c", "awk '$5 == \"/\" { print $6 }' /proc/self/mountinfo"));
    }
}
