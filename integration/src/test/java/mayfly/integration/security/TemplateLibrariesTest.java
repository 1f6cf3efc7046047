package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/**
 * A template whose libraries and programs are for whoever goes into its clones and then loads or starts something by its name, as docker
 * and sudo did. Its commands are one static program.
 */
@InWorkshop(
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC, Backend.CHROOT})
class TemplateLibrariesTest {
    /** Real ones are the loader and what it needs for a program to start, each of which loads {@code /evil.so} then. */
    private static final String FILL = """
            cd "$1"
            for d in lib lib64 usr/lib usr/lib64 lib/$(uname -m)-linux-gnu usr/lib/$(uname -m)-linux-gnu; do
                mkdir -p $d
                for n in libnss_files.so.2 libnss_evil.so.2 libcap.so.2 libselinux.so.1 liblxc.so.1; do
                    cp "$2" $d/$n
                done
            done
            mkdir -p etc/ld.so.conf.d usr/bin
            cp "$2" evil.so
            echo /evil.so >etc/ld.so.preload
            printf 'passwd: evil files\\ngroup: evil files\\nhosts: evil\\n' >etc/nsswitch.conf
            echo "root:x:0:0::/:/bin/sh" >etc/passwd
            echo 'int main(void) { return 0; }' >loads.c
            cc -o usr/bin/loads loads.c
            ldd usr/bin/loads | grep -o '/[^ ]*' | while read -r library; do cp -L --parents "$library" .; done
            for n in bwrap xauth newuidmap newgidmap getent id lxc-start mayfly-init mayfly-enter; do ln -sf loads usr/bin/$n; done
            touch marks
            chmod 666 marks
            chmod 1777 tmp
            """;

    /** Looks somebody up after it has gone into a root: CVE-2019-14271. */
    private static final String LOOK_UP = """
            import os, pwd, sys
            os.chroot(sys.argv[1])
            os.chdir('/')
            try:
                pwd.getpwnam('nobody-of-that-name')
            except KeyError:
                print('looked up')
            """;

    private final Workshop workshop;
    private final Path root;
    private final Path seen;

    TemplateLibrariesTest(Workshop workshop) {
        root = workshop.directory().resolve("libraries");
        seen = workshop.directory().resolve("seen");
        this.workshop = workshop.configured("""
                [template.libraries]
                store = "overlay"
                path = "%1$s"
                as-root = true
                pre-start = ["/bin/sh", "-c", "ls -lR $ROOTFS/etc $ROOTFS/lib && getent passwd root >$ROOTFS/tmp/root"]
                post-stop = ["/bin/sh", "-c", "ls -lR $ROOTFS/tmp; { cat $ROOTFS%3$s; echo end; } >>%2$s/marks"]
                """.formatted(root, seen, MarkingLibrary.INSIDE));
    }

    private String marks(Path where) {
        return Directories.read(Path.of(where + MarkingLibrary.INSIDE));
    }

    /** Without this, that there is no mark says nothing. */
    private void whoDoesSoLeavesAMark() {
        assertTrue(
                Tool.output("chroot", root.toString(), "/usr/bin/getent").contains(MarkingLibrary.LOADED + "getent"));
        assertTrue(Tool.output("python3", "-c", LOOK_UP, root.toString()).contains(MarkingLibrary.LOADED + "python3"));
        assertEquals("getent\npython3\n", marks(root));
        Directories.write(Path.of(root + MarkingLibrary.INSIDE), "");
    }

    @Test
    @Against(Attack.LIBRARIES_OF_A_CLONE)
    void nobody_loads_or_starts_anything_of_the_template_but_its_command() {
        MarkingLibrary library = MarkingLibrary.of(workshop);
        workshop.call(List.of("sh", "-c", "LD_PRELOAD=" + library.path() + " /bin/true"))
                .run()
                .exits(0);
        assertEquals(1, library.programs().size(), "the library itself works");
        Directories.of(workshop.serviceAccount(), seen);
        BusyboxRoot.make(root);
        Tool.output("sh", "-ec", FILL, "sh", root.toString(), library.path().toString());
        if (Host.isRoot()) {
            whoDoesSoLeavesAMark();
        }
        if (workshop.identity() == Identity.USER) {
            // A service without root's rights makes no mount point where another's directory is.
            Tool.output("chown", "-R", "-h", workshop.account().name() + ":", root.toString());
        }

        workshop.write("source", "text");
        List<List<String>> runs = new ArrayList<>(List.of(
                List.of("-z", "libraries"),
                List.of("-z", "libraries", "--as-root"),
                List.of("-z", "libraries", "-d", "source:/tmp/source", "-v", "LD_PRELOAD=/evil.so"),
                List.of("-z", "libraries", "--chdir", "/tmp")));
        int withHooks = runs.size();
        if (workshop.identity() == Identity.ROOT) {
            runs.add(List.of("-t", root.toString()));
        }
        for (List<String> options : runs) {
            List<String> words = new ArrayList<>(options);
            words.addAll(List.of(
                    "--",
                    "/bin/sh",
                    "-c",
                    "id; ls -l / >/dev/null; echo marks:; cat " + MarkingLibrary.INSIDE + "; echo ran"));
            Outcome outcome = workshop.mayfly(words.toArray(new String[0]))
                    .env("PRE_SPAWN_HOOK", "ls -l $ROOTFS >/dev/null")
                    .run();
            assertFalse(outcome.stderr().contains(MarkingLibrary.LOADED), outcome.toString());
            if (outcome.stderr().contains(": its filesystem has no idmapped mounts ")) {
                outcome.exits(125);
                assertTrue(options.contains("--as-root"), outcome.toString());
                withHooks--;
            } else {
                assertTrue(outcome.exits(0).text().endsWith("marks:\nran"), outcome.toString());
            }
        }
        int ends = withHooks;
        workshop.subcommand("pool", "refill", "libraries").run();
        workshop.isIdle();

        Eventually.holds(
                "all post-stop hooks have run",
                () -> Files.exists(seen.resolve("marks"))
                        && marks(seen).lines().filter("end"::equals).count() >= ends);
        assertEquals(Collections.nCopies(ends, "end"), marks(seen).lines().toList());
        assertEquals("", marks(root));
        assertEquals(List.of(), library.programs());
        assertFalse(
                workshop.service().log().contains(MarkingLibrary.LOADED),
                workshop.service().log());
    }
}
