package mayfly.integration.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code -z} and {@code -t}, with a small root made of the host's own programs. */
@InWorkshop
class TemplatesTest {
    private static final String MAKE_ROOT = """
            mkdir -p $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run $1/usr/bin
            for program in sh bash cat ls rm mkdir touch dd id; do
                file=$(readlink -f "$(command -v $program)")
                cp "$file" $1/usr/bin/$program
                for library in $(ldd "$file" | grep -o '/[^ )]*'); do
                    mkdir -p "$1${library%/*}"
                    cp -L "$library" "$1$library"
                done
            done
            ln -s usr/bin $1/bin
            echo template >$1/etc/name
            """;
    private static final String TEMPLATES = """
            [template.copied]
            store = "directory"
            path = "%1$s"
            ready = 2

            [template.layered]
            store = "overlay"
            path = "%1$s-layered"

            [template.on-disk]
            path = "%1$s-on-disk"
            upper = "disk"

            [template.moved]
            path = "%1$s-moved"
            """;

    private final Workshop workshop;
    private final Path root;

    TemplatesTest(Workshop workshop) {
        this.workshop = workshop;
        root = workshop.template("root");
        workshop.template("root-layered");
        workshop.template("root-on-disk");
        workshop.configured(TEMPLATES.formatted(root));
    }

    @BeforeEach
    void make() {
        if (!Files.exists(root.resolve("etc"))) {
            workshop.call(List.of("bash", "-e", "-c", MAKE_ROOT, "bash", root.toString()))
                    .run()
                    .succeeds();
            workshop.bash("cp -a root/. root-layered; cp -a root/. root-on-disk")
                    .run()
                    .succeeds();
        }
    }

    private void assertThrowsItsChangesAway(String template, Path place) {
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    "/\ntemplate\ninside",
                    workshop.prints(
                            "-z",
                            template,
                            "sh",
                            "-c",
                            "pwd; cat /etc/name; echo inside >/etc/name; cat /etc/name; rm -rf /usr/bin/ls /tmp; touch /new"));
        }
        assertEquals("template", workshop.prints("--template=" + template, "cat", "/etc/name"));
        assertTrue(!Files.exists(place.resolve("new")) && Files.exists(place.resolve("usr/bin/ls")));
    }

    @Test
    void a_directory_template_is_copied_for_each_command() {
        assertThrowsItsChangesAway("copied", root);
    }

    @Test
    void an_overlay_template_is_covered_for_each_command() {
        assertThrowsItsChangesAway("layered", workshop.template("root-layered"));
    }

    @Test
    void an_overlay_on_disk_works_as_one_in_memory() {
        assertThrowsItsChangesAway("on-disk", workshop.template("root-on-disk"));
    }

    @Test
    void a_template_has_nothing_of_the_host() {
        assertEquals(
                "nothing",
                workshop.prints(
                        "-z",
                        "layered",
                        "sh",
                        "-c",
                        "[ -e /home ] || [ -e /etc/passwd ] || [ -e /usr/lib/jvm ] || echo nothing"));
        workshop.mayfly("-z", "layered", "python3")
                .run()
                .fails(127, "cannot run python3: No such file or directory", "");
    }

    @Test
    void option_t_runs_in_the_directory_itself_and_changes_stay() {
        Path own = workshop.work().resolve("own");
        workshop.bash("cp -a root/. own").run().succeeds();

        workshop.prints("-t", own.toString(), "sh", "-c", "echo changed >/etc/name; mkdir /made");
        assertEquals("changed", workshop.prints("-t", "own", "cat", "/etc/name"));

        assertTrue(Files.isDirectory(own.resolve("made")));
        workshop.bash("rm -rf own").run().succeeds();
    }

    @Test
    void a_directory_that_was_replaced_is_the_new_one() {
        for (int i = 0; i < 3; i++) {
            workshop.bash("cp -a root/. fresh; echo fresh" + i + " >fresh/etc/name")
                    .run()
                    .succeeds();
            assertEquals("fresh" + i, workshop.prints("-t", "fresh", "cat", "/etc/name"));
            assertEquals("fresh" + i, workshop.prints("-t", "fresh", "cat", "/etc/name"));
            workshop.bash("mv fresh old; rm -rf old").run().succeeds();
        }
        workshop.mayfly("-t", "fresh", "true").run().fails(125, "cannot use the directory .*/fresh: .*", "");
    }

    @Test
    void a_template_that_was_replaced_is_the_new_one() {
        for (String name : List.of("one", "two")) {
            String replace = "rm -rf $0-moved; cp -a $0 $0-moved; echo " + name + " >$0-moved/etc/name";
            Tool.output("sh", "-ec", replace, root.toString());
            assertEquals(name, workshop.prints("-z", "moved", "cat", "/etc/name"));
        }
    }

    @Test
    void a_bind_into_a_directory_whose_changes_stay_needs_its_mount_point() {
        workshop.bash("rm -rf own2; cp -a root/. own2; mkdir own2/point").run().succeeds();

        assertEquals("name", workshop.prints("-t", "own2", "-d", root + "/etc:/point", "ls", "/point"));
        workshop.mayfly("-t", "own2", "-d", root + "/etc:/missing", "true")
                .run()
                .exits(125);
        assertTrue(!Files.exists(workshop.work().resolve("own2/missing")));
    }
}
