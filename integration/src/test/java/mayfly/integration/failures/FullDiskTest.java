package mayfly.integration.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A directory store on a disk that is too small for a clone. */
@InWorkshop(as = Identity.ROOT, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class FullDiskTest {
    private final Workshop workshop;
    private final Path template;

    FullDiskTest(Workshop workshop) {
        template = workshop.work().resolve("big");
        this.workshop = workshop.configured("[template.big]\nstore = \"directory\"\npath = \"" + template + "\"\n");
    }

    @Test
    void a_full_disk_is_told_and_nothing_is_left() throws IOException {
        Files.createDirectory(template);
        Tool.output("sh", "-c", "cp /usr/bin/bash " + template + "; head -c 3000000 /dev/zero >" + template + "/zeros");
        Path data = Files.createDirectory(workshop.data());
        Tool.output("mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", data.toString());
        try {
            workshop.mayfly("-z", "big", "true").run().fails(125, "cannot make a clone of template big: .*", ".+");
            assertEquals("fine", workshop.prints("echo", "fine"));
            assertTrue(workshop.subcommand("pool", "status").run().succeeds().contains("big"));
            workshop.service().stop();
            assertEquals(List.of(), workshop.clones());
        } finally {
            Tool.output("umount", data.toString());
        }
        workshop.startAgain();
    }
}
