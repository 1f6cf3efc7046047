package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Quota;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On directories that look as the kernel's do; integration tests have the kernel's. */
final class ControlGroupsTest {
    private static final Quota BOTH = new Quota(OptionalInt.of(20), OptionalLong.of(64 << 20));

    private final Path top;

    ControlGroupsTest(@TempDir Path top) {
        this.top = top;
    }

    private ControlGroups groups() {
        return new ControlGroups(top);
    }

    private void unified(String controllers, String enabled) throws IOException {
        Files.writeString(top.resolve("cgroup.controllers"), controllers);
        Files.writeString(top.resolve("cgroup.subtree_control"), enabled);
    }

    private static List<Bytes> paths(Path... paths) {
        return List.of(paths).stream().map(NativePath::bytes).toList();
    }

    @Test
    void version_1_has_a_group_in_each_hierarchy_that_is_needed() throws Exception {
        Path cpu = Files.createDirectory(top.resolve("cpu"));
        Path memory = Files.createDirectory(top.resolve("memory"));
        assertEquals(paths(cpu.resolve("mayfly-a"), memory.resolve("mayfly-a")), groups().make("a", BOTH));
        Files.writeString(memory.resolve("mayfly-a/memory.memsw.limit_in_bytes"), "");
        groups().limit("a", BOTH);
        assertEquals("100000", Files.readString(cpu.resolve("mayfly-a/cpu.cfs_period_us")));
        assertEquals("20000", Files.readString(cpu.resolve("mayfly-a/cpu.cfs_quota_us")));
        assertEquals("67108864", Files.readString(memory.resolve("mayfly-a/memory.limit_in_bytes")));
        assertEquals("67108864", Files.readString(memory.resolve("mayfly-a/memory.memsw.limit_in_bytes")));
    }

    @Test
    void version_2_has_one_group_with_the_controllers_enabled() throws Exception {
        unified("cpuset cpu io memory pids\n", "cpu pids\n");
        assertEquals(paths(top.resolve("mayfly-a")), groups().make("a", BOTH));
        assertEquals("+memory", Files.readString(top.resolve("cgroup.subtree_control")));
        Files.writeString(top.resolve("mayfly-a/memory.swap.max"), "max");
        groups().limit("a", BOTH);
        assertEquals("20000 100000", Files.readString(top.resolve("mayfly-a/cpu.max")));
        assertEquals("67108864", Files.readString(top.resolve("mayfly-a/memory.max")));
        assertEquals("0", Files.readString(top.resolve("mayfly-a/memory.swap.max")));
    }

    @Test
    void without_a_quota_there_is_no_group() throws RefusedException {
        assertEquals(List.of(), groups().make("a", Quota.NONE));
    }

    @Test
    void a_quota_without_its_controller_is_refused() throws IOException {
        assertTrue(assertThrows(RefusedException.class, () -> groups().make("a", BOTH))
                .remedy()
                .orElse("")
                .contains("LXC_CPU_QUOTA=0"));
        unified("memory\n", "memory\n");
        assertThrows(RefusedException.class, () -> groups().make("a", BOTH));
    }

    @Test
    void a_group_that_is_there_is_another_sandboxes() throws Exception {
        unified("cpu memory\n", "cpu memory\n");
        groups().make("a", BOTH);
        assertThrows(RefusedException.class, () -> groups().make("a", BOTH));
    }

    @Test
    void what_is_removed_may_be_gone_already_and_may_be_busy() throws Exception {
        Path cpu = Files.createDirectory(top.resolve("cpu"));
        groups().remove("a");
        groups().make("a", new Quota(OptionalInt.of(20), OptionalLong.empty()));
        groups().remove("a");
        assertFalse(Files.exists(cpu.resolve("mayfly-a")));
        Files.createDirectories(cpu.resolve("mayfly-b/inner"));
        assertThrows(IOException.class, () -> groups().remove("b"));
    }
}
