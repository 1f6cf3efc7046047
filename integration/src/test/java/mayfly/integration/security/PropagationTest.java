package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A mount of the host's that is shared, seen in a sandbox as a part of its root and by a bind. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class PropagationTest {
    private final Workshop workshop;
    private final Path shared;

    PropagationTest(Workshop workshop) {
        this.workshop = workshop.configured("[template.host]\nseccomp = \"nested\"\n");
        shared = workshop.work().resolve("shared");
    }

    @BeforeEach
    void share() {
        workshop.bash("mkdir -p shared/sub").run().succeeds();
        Tool.output("mount", "--bind", shared.toString(), shared.toString());
        Tool.output("mount", "--make-shared", shared.toString());
    }

    @AfterEach
    void unmount() {
        Tool.output("umount", "--recursive", shared.toString());
        workshop.bash("rm -r shared").run().succeeds();
    }

    @Test
    @Against(Attack.PROPAGATION)
    void what_is_mounted_on_the_host_meanwhile_stays_there() {
        String script = "trap 'ls \"$1\" /tmp/bound/sub; exit' USR1; echo up; while :; do sleep 0.05; done";
        Call.Running running = workshop.mayfly(
                        "-d", shared + ":/tmp/bound", "bash", "-c", script, "bash", shared + "/sub")
                .start()
                .prints("up");

        Tool.output("mount", "-t", "tmpfs", "none", shared + "/sub");
        Directories.write(shared.resolve("sub/later"), "");

        assertEquals(
                List.of("up", shared + "/sub:", "", "/tmp/bound/sub:"),
                running.signal("USR1").await().exits(0).lines());
    }

    @Test
    @Against(Attack.PROPAGATION)
    void what_is_mounted_inside_stays_there() {
        String script =
                "for d in \"$1\" /tmp/bound/sub; do mount -t tmpfs none $d && touch $d/inside && ls $d || exit; done";

        assertEquals(
                List.of("inside", "inside"),
                workshop.mayfly(
                                "-d",
                                shared + ":/tmp/bound",
                                "unshare",
                                "--user",
                                "--map-root-user",
                                "--mount",
                                "--propagation",
                                "unchanged",
                                "bash",
                                "-c",
                                script,
                                "bash",
                                shared + "/sub")
                        .run()
                        .exits(0)
                        .lines());
        assertFalse(Files.exists(shared.resolve("sub/inside")));
    }
}
