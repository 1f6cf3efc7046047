package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** An ordinary user's own service with a template that is his subvolume. */
@InWorkshop(as = Identity.USER, with = Client.C)
@EnabledIf(
        value = "mayfly.integration.workshop.Host#isRoot",
        disabledReason = "root has to mount a btrfs that the user can use")
class OwnSubvolumesTest {
    private static final String MAKE_TEMPLATE = """
            btrfs subvolume create $1/t >/dev/null
            mkdir -p $1/t/etc $1/t/tmp $1/t/proc $1/t/dev $1/t/sys $1/t/run $1/t/usr/bin
            ln -s usr/bin $1/t/bin
            for program in sh bash cat ls rm mkdir touch chmod btrfs; do
                file=$(readlink -f "$(command -v $program)")
                cp "$file" $1/t/usr/bin/$program
                for library in $(ldd "$file" | grep -o '/[^ )]*'); do
                    mkdir -p "$1/t${library%/*}"
                    cp -L "$library" "$1/t$library"
                done
            done
            echo template >$1/t/etc/name
            mkdir -p -m 700 $1/.mayfly/snapshots/t
            btrfs subvolume snapshot -r $1/t $1/.mayfly/snapshots/t/1@one >/dev/null
            echo later >$1/t/etc/name
            """;
    private static final String LEAVE_MUCH = """
            cat /etc/name
            echo changed >/etc/name
            btrfs subvolume create /tmp/own >/dev/null && btrfs subvolume create /tmp/own/inner >/dev/null
            touch /tmp/own/file /tmp/own/inner/file
            btrfs subvolume snapshot -r /tmp/own /frozen 2>&1 | cat
            mkdir -p /closed/deep; touch /closed/deep/file; chmod 000 /closed
            btrfs property set /tmp/own ro true 2>&1 | cat
            [ -e /tmp/own/inner/file ] && echo made
            """;

    private final Workshop workshop;
    private final Path image;
    private final Path place;

    OwnSubvolumesTest(Workshop workshop) {
        this.workshop = workshop;
        image = workshop.directory().resolve("image");
        place = workshop.directory().resolve("ground");
        workshop.configured("[template.t]\nstore = \"btrfs\"\npath = \"" + place + "/t\"\nready = 2\n");
    }

    @BeforeEach
    void mount() {
        Tool.output("mkdir", "-p", place.toString());
        Tool.output("truncate", "--size=1200m", image.toString());
        Tool.output("mkfs.btrfs", "-q", "-f", image.toString());
        Tool.output("mount", "-o", "loop", image.toString(), place.toString());
        Tool.output("chown", workshop.account().name(), place.toString());
        workshop.call(List.of("bash", "-e", "-c", MAKE_TEMPLATE, "bash", place.toString()))
                .run()
                .succeeds();
    }

    /** Its parked sandboxes end with the service, after this. */
    @AfterEach
    void unmount() {
        Tool.output("umount", "--lazy", place.toString());
    }

    @Test
    void clones_are_made_and_destroyed_without_root_whatever_the_command_did() {
        for (int i = 0; i < 5; i++) {
            String said =
                    workshop.mayfly("-z", "t", "bash", "-c", LEAVE_MUCH).run().text();
            assertTrue(said.startsWith("template\n") && said.endsWith("\nmade"), said);
            // Without root nobody could remove one that is read-only and without permissions.
            assertEquals(
                    2,
                    said.lines()
                            .filter(line -> line.contains("Operation not permitted"))
                            .count(),
                    said);
        }
        PoolView.settled(workshop);
        Eventually.holds("only ready and parked clones are left", () -> subvolumes() <= 2 + 2 + 8);
        assertEquals("later\n", Directories.read(place.resolve("t/etc/name")));
    }

    private long subvolumes() {
        return Tool.output("btrfs", "subvolume", "list", place.toString())
                .lines()
                .count();
    }
}
