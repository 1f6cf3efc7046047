package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The options that LXC has in common with bubblewrap. */
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C,
        on = Backend.LXC)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcOptionsTest {
    private static final String BASE = "400000000";

    private final Workshop workshop;
    private final Path template;

    LxcOptionsTest(Workshop workshop) {
        template = workshop.directory().resolve("small");
        this.workshop = workshop.configured(
                "[template.small]\nstore = \"directory\"\nready = 1\npath = \"" + template + "\"\n");
        if (!Files.exists(template)) {
            BusyboxRoot.make(template);
            Tool.output("mkdir", template + "/owned");
            Tool.output("chown", "8:12", template + "/owned");
        }
    }

    @Test
    void option_d_binds_into_a_parked_sandbox() {
        workshop.write("late", "late");
        Eventually.holds("the run with a bind is in a parked sandbox", () -> {
            Outcome outcome = workshop.mayfly("-x", "-d", "late:/mnt/deep/file", "cat", "/mnt/deep/file")
                    .run()
                    .exits(0);
            assertEquals("late", outcome.text());
            return outcome.stderr().contains("took a parked sandbox");
        });
        assertEquals("late", workshop.prints("-d", "late:/run/a/b", "cat", "/run/a/b"));
        workshop.mayfly("-d", "late:/tmp/late:ro", "sh", "-c", "echo x >/tmp/late")
                .run()
                .exits(2);
        assertFalse(Files.exists(Path.of("/mnt/deep")));
    }

    @Test
    void options_p_and_v_and_the_exit_status_are_the_same() {
        assertEquals(
                "/usr/lib hello", workshop.prints("-p", "/usr/lib", "-v", "WORD=hello", "sh", "-c", "echo $PWD $WORD"));
        workshop.mayfly("sh", "-c", "exit 7").run().exits(7);
        workshop.mayfly("sh", "-c", "kill -TERM $$").run().exits(128 + 15);
    }

    @Test
    void option_u_gives_a_range_of_ids_and_files_keep_their_owners() {
        if (!workshop.identity().isRoot()) {
            workshop.mayfly("-z", "small", "-u", BASE, "/bin/true").run().exits(125);
            return;
        }
        assertEquals(
                "0\n0 400000000 65536\n8:12\n1:2",
                workshop.prints(
                        "-z",
                        "small",
                        "-u",
                        BASE,
                        "/bin/sh",
                        "-c",
                        "id -u; busybox tr -s ' ' </proc/self/uid_map | sed 's/^ //'; busybox stat -c %u:%g /owned;"
                                + " touch /new; chown 1:2 /new; busybox stat -c %u:%g /new"));
    }

    @Test
    void option_as_root_makes_a_user_uid_0_of_nothing_but_himself() {
        assertEquals("0", workshop.prints("--as-root", "id", "-u"));
        if (!workshop.identity().isRoot()) {
            workshop.mayfly("--as-root", "cat", "/etc/shadow").run().exits(1);
        }
    }

    @Test
    void hooks_see_the_clone() {
        Outcome outcome = workshop.mayfly("cat", "/tmp/by-hook")
                .env("PRE_SPAWN_HOOK", "echo hook >\"$ROOTFS/tmp/by-hook\"")
                .run();
        assertEquals("hook", outcome.succeeds());
    }
}
