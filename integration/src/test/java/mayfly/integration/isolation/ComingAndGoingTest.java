package mayfly.integration.isolation;

import java.io.IOException;
import java.nio.file.Path;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Filesystems that are mounted on the host and gone again all the time, with the directories that they were mounted on. */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class ComingAndGoingTest {
    private static final int COMMANDS = 30;

    /** Until it gets SIGTERM, which bash looks at between two commands. */
    private static final String MOUNT_AND_UNMOUNT = """
            trap 'exit 0' TERM
            cd "$1"
            while :; do
                mkdir lower upper work root
                mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none root
                umount root
                rm -r lower upper work root
            done
            """;

    private final Workshop workshop;
    private final Path place;

    ComingAndGoingTest(Workshop workshop) {
        this.workshop = workshop;
        place = workshop.directory().resolve("mounts");
    }

    @BeforeEach
    void mount() {
        Tool.output("mkdir", "-p", place.toString());
        Tool.output("mount", "-t", "tmpfs", "none", place.toString());
    }

    @AfterEach
    void unmount() {
        Tool.output("umount", "--recursive", place.toString());
    }

    @Test
    void commands_do_not_notice() throws IOException, InterruptedException {
        workshop.mayfly("true").run().succeeds();
        Process mounting = new ProcessBuilder("bash", "-c", MOUNT_AND_UNMOUNT, "bash", place.toString())
                .inheritIO()
                .start();
        try {
            Eventually.holds("it mounts", () -> place.resolve("root").toFile().exists());
            for (int i = 0; i < COMMANDS; i++) {
                workshop.mayfly("true").run().succeeds();
            }
        } finally {
            mounting.destroy();
            mounting.waitFor();
        }
    }
}
