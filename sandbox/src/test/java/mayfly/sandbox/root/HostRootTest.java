package mayfly.sandbox.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans for this machine with a mount table that says that more is mounted, in a directory made for the test. */
final class HostRootTest {
    private static final Bytes RUNTIME = Bytes.utf8("/run/mayfly-test");
    private static final Places PLACES = Places.inMemory(Bytes.utf8("/run/mayfly-test/mnt"));

    private Path work = Path.of("/");

    @BeforeEach
    void aDirectoryWithoutLinksInItsPath(@TempDir Path directory) throws IOException {
        work = directory.toRealPath();
    }

    private final List<String> mounts = new ArrayList<>(List.of("1 0 0:1 / / rw - ext4 a rw"));

    private Bytes mount(String path, String kind, String options) throws IOException {
        Path point = work.resolve(path);
        if (!Files.exists(point)) {
            Files.createDirectories(point);
        }
        mounts.add(String.format("%d 1 0:9 / %s %s - %s x rw", mounts.size() + 1, point, options, kind));
        return NativePath.bytes(point);
    }

    private MountTable table() throws IOException {
        return MountTable.parse(String.join("\n", mounts).getBytes(StandardCharsets.UTF_8));
    }

    private List<String> planForRoot(Optional<Bytes> kept) throws IOException {
        return lines(HostRoot.forRoot(table(), RUNTIME, kept).plan(PLACES));
    }

    private List<String> planForUser(Path home) throws IOException {
        HostRoot host = HostRoot.forUser(table(), RUNTIME, Optional.empty(), NativePath.bytes(home));
        return lines(host.plan(PLACES));
    }

    private static List<String> lines(RootPlan plan) {
        return plan.steps().stream()
                .map(step -> step.words().stream().map(Bytes::text).collect(Collectors.joining(" ")))
                .toList();
    }

    private String inRoot(String path) {
        return "/run/mayfly-test/mnt/r" + work + (path.isEmpty() ? "" : "/" + path);
    }

    private boolean has(List<String> plan, String step, String path) {
        return plan.stream().anyMatch(line -> line.startsWith(step + " ") && line.endsWith(" " + inRoot(path)));
    }

    @Test
    void root_does_not_look_at_what_a_users_program_answers_for() throws IOException {
        mount("theirs", "fuse.sshfs", "rw,user_id=1000");
        mount("theirs/within", "ext4", "rw");
        mount("roots", "fuse.lxcfs", "rw");
        mounts.replaceAll(line -> line.contains("fuse.lxcfs") ? line + ",user_id=0" : line);
        List<String> plan = planForRoot(Optional.empty());
        assertFalse(plan.stream().anyMatch(line -> line.contains("theirs")));
        assertTrue(has(plan, "bind-readonly", "roots"));
    }

    @Test
    void root_gets_one_overlay_and_one_more_for_each_filesystem() throws IOException {
        mount("data", "xfs", "rw");
        mount("boot", "vfat", "rw");
        mount("frozen", "ext4", "ro");
        mounts.add("90 1 0:3 / /proc rw - proc proc rw");
        mounts.add("91 1 0:4 / /run/user/7 rw - tmpfs tmpfs rw");
        mounts.add("92 1 0:5 / /run/mayfly-test/mnt rw - tmpfs tmpfs rw");
        assertEquals(
                List.of(
                        "overlay / /run/mayfly-test/mnt/s/0 /run/mayfly-test/mnt/r",
                        "bind-readonly " + work + "/boot " + inRoot("boot"),
                        "overlay " + work + "/data /run/mayfly-test/mnt/s/1 " + inRoot("data"),
                        "overlay " + work + "/frozen /run/mayfly-test/mnt/s/2 " + inRoot("frozen")),
                planForRoot(Optional.empty()));
    }

    @Test
    void a_mounted_file_is_bound_and_a_pseudo_filesystem_left_out() throws IOException {
        Files.createFile(work.resolve("hosts"));
        mount("hosts", "ext4", "rw");
        mount("control", "cgroup2", "rw");
        List<String> plan = planForRoot(Optional.empty());
        assertTrue(has(plan, "bind-readonly", "hosts"));
        assertEquals(2, plan.size());
    }

    @Test
    void a_mount_whose_directory_cannot_be_seen_is_left_out() throws IOException {
        mounts.add("90 1 0:3 / " + work + "/gone rw - ext4 x rw");
        assertEquals(1, planForRoot(Optional.empty()).size());
    }

    @Test
    void no_overlay_covers_the_directory_that_holds_upper_directories() throws IOException {
        Path kept = Files.createDirectories(work.resolve("lib/clones"));
        Files.createDirectory(kept.resolve("c_1"));
        Files.createDirectory(work.resolve("lib/other"));
        List<String> plan = planForRoot(Optional.of(NativePath.bytes(kept)));
        assertTrue(has(plan, "directory", "lib"));
        assertTrue(has(plan, "directory", "lib/clones"));
        assertTrue(has(plan, "overlay", "lib/other"));
        assertFalse(plan.stream().anyMatch(line -> line.startsWith("overlay / ")));
        assertFalse(plan.stream().anyMatch(line -> line.contains("c_1")));
    }

    @Test
    void a_user_gets_a_skeleton_with_an_overlay_for_each_directory_at_the_top() throws IOException {
        mounts.add("90 1 0:3 / /proc rw - proc proc rw");
        List<String> plan = planForUser(work);
        assertEquals("directory / /run/mayfly-test/mnt/r", plan.get(0));
        assertTrue(plan.stream().anyMatch(line -> line.startsWith("overlay /usr ")));
        for (String provided : List.of("/proc", "/sys", "/dev", "/run")) {
            assertFalse(plan.stream().anyMatch(line -> line.endsWith("/mnt/r" + provided)), provided);
        }
        if (Files.isSymbolicLink(Path.of("/bin"))) {
            assertTrue(plan.contains("symlink usr/bin /run/mayfly-test/mnt/r/bin"));
        }
    }

    @Test
    void a_users_directories_above_a_mount_are_rebuilt() throws IOException {
        mount("a/b/mounted", "ext4", "rw");
        mount("a/readonly", "ext4", "ro");
        Files.createDirectories(work.resolve("a/b/free"));
        Files.writeString(work.resolve("a/small"), "x");
        Files.write(work.resolve("a/large"), new byte[64 * 1024 + 1]);
        Files.createSymbolicLink(work.resolve("a/link"), Path.of("../x y"));
        List<String> plan = planForUser(work.resolve("nowhere"));
        assertTrue(has(plan, "directory", "a"));
        assertTrue(has(plan, "directory", "a/b"));
        assertTrue(has(plan, "overlay", "a/b/mounted"));
        assertTrue(has(plan, "overlay", "a/b/free"));
        assertTrue(has(plan, "overlay", "a/readonly"));
        assertTrue(has(plan, "copy", "a/small"));
        assertTrue(has(plan, "bind-readonly", "a/large"));
        assertTrue(plan.contains("symlink ../x y " + inRoot("a/link")));
    }

    @Test
    void every_scratch_directory_is_used_once() throws IOException {
        mount("a/mounted", "ext4", "rw");
        List<String> scratches = planForUser(work).stream()
                .filter(line -> line.startsWith("overlay "))
                .map(line -> line.replaceAll(".* (/run/mayfly-test/mnt/s/[0-9]+) .*", "$1"))
                .toList();
        assertEquals(scratches.size(), scratches.stream().distinct().count());
    }

    @Test
    void a_users_home_and_var_tmp_get_overlays_of_their_own_on_top() throws IOException {
        Path home = Files.createDirectories(work.resolve("home/u"));
        List<String> plan = planForUser(home);
        assertTrue(has(plan, "overlay", "home/u"));
        String last = plan.get(plan.size() - 1);
        assertTrue(last.endsWith(inRoot("home/u")), last);
        assertTrue(plan.stream().anyMatch(line -> line.startsWith("overlay /var/tmp ")));
    }

    @Test
    void a_home_that_is_an_overlay_already_gets_no_other() throws IOException {
        mount("home/x", "ext4", "rw");
        Path home = Files.createDirectories(work.resolve("home/u"));
        List<String> plan = planForUser(home);
        assertEquals(
                1, plan.stream().filter(line -> line.endsWith(inRoot("home/u"))).count());
    }
}
