package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * A user exchanges a directory of his for a link to root's, and back, all the time, while root's service binds it. The
 * system property {@code mayfly.swaps} says how many runs there are.
 */
@InWorkshop(
        as = {Identity.MEMBER, Identity.USER},
        with = Client.C,
        on = {Backend.BWRAP, Backend.NATIVE, Backend.LXC})
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
@Timeout(value = 6, unit = TimeUnit.HOURS)
class SwapTest {
    private static final int RUNS = Integer.getInteger("mayfly.swaps", 100);

    /** renameat2(2) with RENAME_EXCHANGE: at no time is there neither. */
    static final String SWAP = """
            import ctypes, os, sys
            number = 316 if os.uname().machine == 'x86_64' else 276
            call = ctypes.CDLL(None, use_errno=True).syscall
            one, other = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2])
            print('swapping', flush=True)
            while True:
                if call(number, -100, one, -100, other, 2) != 0:
                    sys.exit(ctypes.get_errno())
            """;

    private final Workshop workshop;
    private final Path roots;
    private final int runs;

    SwapTest(Workshop workshop) {
        this.workshop = workshop.configured(
                "[template.open]\nstore = \"overlay\"\npath = \"" + workshop.template("open") + "\"\n");
        roots = workshop.directory().resolve("roots-own");
        // Its sandboxes take long to start.
        runs = workshop.backend() == Backend.LXC ? RUNS / 10 : RUNS;
    }

    /** What is root's. */
    private void makeRoots() {
        Tool.output("mkdir", "-p", roots + "/hidden");
        Directories.write(roots.resolve("hidden/file"), "secret");
        Tool.output("chmod", "600", roots + "/hidden/file");
        Tool.output("chmod", "755", roots + "/hidden");
    }

    /** Whether the backend takes no directory of a user's, which it then says. */
    private boolean refusesDirectories() {
        if (workshop.backend().takesDirectoriesOfUsers()) {
            return false;
        }
        workshop.mayfly("-t", workshop.work().toString(), "true").run().exits(125);
        return true;
    }

    private Call.Running swap(String one, String other) {
        return workshop.call(List.of("python3", "-c", SWAP, one, other)).start().prints("swapping");
    }

    private static void end(Call.Running swapper) {
        assertTrue(swapper.isAlive(), "it was exchanged to the end");
        swapper.kill();
        swapper.await();
    }

    @Test
    @Against(Attack.SWAPPED_PATHS)
    void a_source_is_never_what_its_user_may_not_read() {
        makeRoots();
        workshop.bash("rm -rf source link; mkdir source; echo mine >source/file; ln -s " + roots + "/hidden link")
                .run()
                .succeeds();
        Call.Running swapper = swap(workshop.work() + "/source", workshop.work() + "/link");
        int mine = 0;
        for (int i = 0; i < runs || (mine == 0 && i < 20 * runs); i++) {
            String source = i % 2 == 0 ? "source" : "source/file";
            String seen = i % 2 == 0 ? "/tmp/bound/file" : "/tmp/bound";
            Outcome outcome = workshop.mayfly("-d", workshop.work() + "/" + source + ":/tmp/bound", "cat", seen)
                    .run();
            assertFalse(outcome.stdout().contains("secret"), outcome.toString());
            mine += outcome.text().equals("mine") ? 1 : 0;
        }
        end(swapper);
        assertTrue(mine > 0, "the bind works in between");
    }

    @Test
    @Against(Attack.SWAPPED_PATHS)
    void a_mount_point_is_never_made_outside_of_the_root() {
        if (refusesDirectories()) {
            return;
        }
        makeRoots();
        Path root = workshop.work().resolve("root");
        BusyboxRoot.make(root);
        Tool.output("chown", "-R", workshop.account().name(), root.toString());
        workshop.write("bound", "bound");
        workshop.bash("mkdir -p root/mnt/sub; ln -s " + roots + "/hidden root/link")
                .run()
                .succeeds();
        Call.Running swapper = swap(root + "/mnt", root + "/link");
        for (int i = 0; i < runs; i++) {
            String target = List.of("/mnt/made", "/mnt/file", "/mnt/sub", "/mnt/sub/made")
                    .get(i % 4);
            Outcome outcome = workshop.mayfly(
                            "-t", root.toString(), "-d", "bound:" + target, "--", "/bin/sh", "-c", "echo ran")
                    .run();
            assertTrue(outcome.status() == 125 || outcome.text().equals("ran"), outcome.toString());
            assertEquals(List.of("file"), Directories.names(roots.resolve("hidden")));
        }
        end(swapper);
        assertEquals("secret", Directories.read(roots.resolve("hidden/file")));
        String mounts = Directories.read(Path.of("/proc/self/mountinfo"));
        assertFalse(mounts.contains(roots.toString()) || mounts.contains(root.toString()), mounts);
    }

    @Test
    @Against(Attack.SWAPPED_PATHS)
    void nor_when_it_is_missing_and_made_in_a_clone() {
        makeRoots();
        // The template has a directory of the user's, and what he exchanges there is the way to the mount point in the
        // clone.
        Path root = workshop.template("open");
        if (!Files.exists(root.resolve("bin"))) {
            BusyboxRoot.make(root);
        }
        workshop.write("bound", "bound");
        workshop.bash("mkdir -p directory; cd " + root + "; rm -rf open; mkdir -p open/there; ln -s " + roots
                        + "/hidden open/link")
                .run()
                .succeeds();
        Path open = root.resolve("open");
        Call.Running swapper = swap(open + "/there", open + "/link");
        int ran = 0;
        for (int i = 0; i < runs || (ran == 0 && i < 20 * runs); i++) {
            String bind = i % 2 == 0 ? "bound:/open/there/made" : "directory:/open/there/new/made";
            Outcome outcome = workshop.mayfly("-z", "open", "-d", bind, "--", "/bin/sh", "-c", "echo ran")
                    .run();
            assertTrue(outcome.status() == 125 || outcome.text().equals("ran"), outcome.toString());
            ran += outcome.status() == 0 ? 1 : 0;
            assertEquals(List.of("file"), Directories.names(roots.resolve("hidden")));
        }
        end(swapper);
        System.out.println(ran + " of " + runs + " ran as " + workshop);
        assertTrue(ran > 0, "mount points are made in between");
        assertEquals("secret", Directories.read(roots.resolve("hidden/file")));
        assertEquals(
                List.of(),
                Directories.names(
                        Files.isSymbolicLink(open.resolve("there")) ? open.resolve("link") : open.resolve("there")));
        String mounts = Directories.read(Path.of("/proc/self/mountinfo"));
        assertFalse(mounts.contains(roots.toString()) || mounts.contains(root.toString()), mounts);
    }

    @Test
    @Against(Attack.SWAPPED_PATHS)
    void a_root_that_is_exchanged_is_the_one_or_the_other_of_the_users() {
        if (refusesDirectories()) {
            return;
        }
        makeRoots();
        for (String name : List.of("first", "second")) {
            BusyboxRoot.make(workshop.work().resolve(name));
            Directories.write(workshop.work().resolve(name + "/name"), name);
            Tool.output("chown", "-R", workshop.account().name(), workshop.work() + "/" + name);
        }
        Call.Running swapper = swap(workshop.work() + "/first", workshop.work() + "/second");
        for (int i = 0; i < runs / 4; i++) {
            Outcome outcome = workshop.mayfly(
                            "-t", workshop.work() + "/first", "--", "/bin/sh", "-c", "cat /name; ls / >/dev/null")
                    .run();
            assertTrue(
                    outcome.status() == 125 || List.of("first", "second").contains(outcome.text()), outcome.toString());
        }
        end(swapper);
    }
}
