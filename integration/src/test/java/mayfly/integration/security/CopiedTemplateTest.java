package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A template with a directory that a user may write to, as each has its /tmp: what root's service copies of it is only what is there. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class CopiedTemplateTest {
    private static final int RUNS = 12;

    /** So many names that cp(1) has read them long before it opens the last of them. */
    private static final String FILL = "mkdir -p $1; seq 4000 | sed \"s,^,$1/,\" | xargs -n 500 touch;"
            + " for file in $1/*; do echo $2 >$file; done";

    private final Workshop workshop;
    private final Path root;
    private final Path hidden;

    CopiedTemplateTest(Workshop workshop) {
        root = workshop.directory().resolve("root");
        hidden = workshop.directory().resolve("hidden");
        this.workshop = workshop.configured("[template.copied]\nstore = \"directory\"\npath = \"" + root + "\"\n");
    }

    @Test
    @Against({Attack.SWAPPED_PATHS, Attack.HOSTILE_TEMPLATE})
    void a_directory_that_becomes_a_link_while_it_is_copied_shows_nothing_of_the_host() {
        BusyboxRoot.make(root);
        Tool.output("bash", "-ec", FILL, "bash", root + "/open/there", "mine");
        Tool.output("bash", "-ec", FILL, "bash", hidden + "/there", "secret");
        Tool.output("chmod", "700", hidden.toString());
        Tool.output("ln", "-s", hidden + "/there", root + "/open/link");
        Tool.output("chown", "-hR", workshop.account().name(), root + "/open");
        Call.Running swapper = workshop.call(
                        List.of("python3", "-c", SwapTest.SWAP, root + "/open/there", root + "/open/link"))
                .start()
                .prints("swapping");
        try {
            for (int i = 0; i < RUNS; i++) {
                Outcome outcome = workshop.mayfly("-z", "copied", "/bin/sh", "-c", "cat /open/*/* | sort -u")
                        .run();
                assertFalse(outcome.stdout().contains("secret"), outcome.toString());
            }
            assertTrue(swapper.isAlive(), "it was exchanged to the end");
        } finally {
            swapper.kill();
            swapper.await();
        }
        Eventually.holds(
                "clones are made when it is not exchanged any more",
                Duration.ofMinutes(5), // the pool's pauses have grown
                () -> workshop.mayfly("-z", "copied", "/bin/sh", "-c", "true")
                                .run()
                                .status()
                        == 0);
        // A service that ends leaves what it cannot destroy in a moment to the next one.
        workshop.ofServiceAccount("pool", "drain", "copied").run().exits(0);
        Eventually.holds("its clones have gone", () -> workshop.clones().stream()
                .noneMatch(clone -> clone.startsWith("copied_")));
    }
}
