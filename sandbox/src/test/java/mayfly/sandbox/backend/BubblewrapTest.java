package mayfly.sandbox.backend;

import static mayfly.sandbox.backend.Plain.PLACES;
import static mayfly.sandbox.backend.Plain.ROOT;
import static mayfly.sandbox.backend.Plain.USER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.Step.Kind;
import org.junit.jupiter.api.Test;

final class BubblewrapTest {
    private static final Root PLANNED = new Root.Planned(DirectoryRoot.overlay(Bytes.utf8("/template"), PLACES));
    private static final Root CHOSEN = new Root.Chosen(Bytes.utf8("/home/u/root"));

    private static String words(Caller caller, boolean system, Root root, boolean shareNet, KnownBind... binds)
            throws RefusedException {
        Isolation isolation = shareNet ? Isolation.FULL.withNet() : Isolation.FULL;
        return words(caller, system, root, isolation, binds);
    }

    private static String words(Caller caller, boolean system, Root root, Isolation isolation, KnownBind... binds)
            throws RefusedException {
        return Plain.words(
                new Bubblewrap(Plain.HOST),
                new Construction(
                        caller, system, PLACES, new Bounds(4_000_000_000L, 4096), root, isolation, List.of(binds)));
    }

    private static KnownBind bind(String destination, boolean readOnly, Kind kind) {
        return new KnownBind(new Bind(Bytes.utf8("/src"), Bytes.utf8(destination), readOnly), kind);
    }

    private static String steps(String words) {
        return words.substring(0, words.indexOf(" -- "));
    }

    private static String command(String words) {
        return words.substring(words.indexOf(" -- ") + 4);
    }

    @Test
    void root_builds_in_private_and_keeps_its_ids() throws RefusedException {
        String words = words(ROOT, true, PLANNED, false);
        assertEquals(
                "private tmpfs 4000000000 /run/m/mnt directory / /run/m/mnt/s"
                        + " overlay /template /run/m/mnt/s/0 /run/m/mnt/r"
                        + " target /run/m/mnt/r /proc directory target /run/m/mnt/r /dev directory"
                        + " target /run/m/mnt/r /sys directory target /run/m/mnt/r /run directory identity",
                steps(words));
        assertTrue(command(words)
                .startsWith("/usr/bin/bwrap --unshare-ipc --unshare-pid --unshare-uts"
                        + " --unshare-cgroup-try --unshare-net --as-pid-1 --bind /run/m/mnt/r /"));
        assertTrue(words.contains(" --cap-drop ALL --cap-add CAP_CHOWN "));
        assertFalse(words.contains("CAP_SYS_ADMIN") || words.contains("--unshare-user"));
        assertTrue(words.endsWith(" --chdir / -- /proc/self/fd/4 own-network processes=4096"));
    }

    @Test
    void a_user_of_the_system_service_is_himself_and_has_no_capability() throws RefusedException {
        String words = words(USER, true, PLANNED, false);
        assertTrue(steps(words).endsWith(" identity user 1001 1002 1002,27"));
        assertTrue(words.contains(" --cap-drop ALL --chdir "));
        assertFalse(words.contains("--cap-add"));
    }

    private static String words(Caller caller, boolean system, Root root, Identity identity) throws RefusedException {
        return words(caller, system, root, new Isolation(false, identity, Seccomp.DEFAULT, Map.of()));
    }

    @Test
    void root_of_a_range_has_a_mapped_clone_and_enters_the_range_last() throws RefusedException {
        Identity range = new Identity.RootOfRange(100_000, 200_000, 65_536);
        for (Caller caller : List.of(ROOT, USER)) {
            String words = words(caller, true, PLANNED, range);
            assertTrue(
                    words.startsWith(
                            "private tmpfs 4000000000 /run/m/mnt directory / /run/m/mnt/s ids 100000 200000 65536"
                                    + " bind-mapped /template /run/m/mnt/l overlay /run/m/mnt/l /run/m/mnt/s/0 /run/m/mnt/r target "));
            assertTrue(steps(words).endsWith(" /run directory enter-ids"));
            assertTrue(words.contains(" --cap-drop ALL --cap-add CAP_CHOWN "));
            assertFalse(words.contains("--unshare-user"));
        }
        assertTrue(words(ROOT, true, CHOSEN, range)
                .contains(" ids 100000 200000 65536 bind-mapped /home/u/root /run/m/mnt/r target "));
    }

    @Test
    void root_alone_is_the_user_outside() throws RefusedException {
        String words = words(USER, true, PLANNED, Identity.ROOT_ALONE);
        assertTrue(steps(words).endsWith(" identity user 1001 1002 1002,27"));
        assertTrue(words.contains(" --unshare-user --uid 0 --gid 0 "));
        assertTrue(words.contains(" --cap-drop ALL --cap-add CAP_CHOWN "));
        assertFalse(words.contains("mapped"));
        assertTrue(words(USER, false, PLANNED, Identity.ROOT_ALONE).startsWith("user-private 1001 1002 tmpfs "));
        assertTrue(words(USER, true, CHOSEN, Identity.ROOT_ALONE)
                .startsWith("private tmpfs 4000000000 /run/m/mnt"
                        + " bind-as 1001 1002 1002,27 /home/u/root /run/m/mnt/r harden /run/m/mnt/r"
                        + " identity user 1001 1002 1002,27 target "));
    }

    @Test
    void root_with_a_range_of_his_own_service_maps_no_mounts() throws RefusedException {
        String words = words(USER, false, PLANNED, new Identity.RootAndRange(100_000, 200_000, 65_536));
        assertTrue(words.startsWith("user-range 1001 1002 100000 200000 65536 tmpfs 4000000000 /run/m/mnt "));
        assertTrue(steps(words).endsWith(" /run directory"));
        assertTrue(words.contains(" --cap-drop ALL --cap-add CAP_CHOWN "));
        assertFalse(words.contains("mapped") || words.contains("--unshare-user"));
    }

    @Test
    void a_users_own_service_begins_with_a_namespace_of_his() throws RefusedException {
        String words = words(USER, false, PLANNED, false);
        assertTrue(words.startsWith("user-private 1001 1002 tmpfs "));
        assertFalse(steps(words).contains(" user 1001") || steps(words).contains("identity"));
    }

    @Test
    void sys_is_masked_and_run_is_empty() throws RefusedException {
        String words = words(USER, true, PLANNED, false);
        assertTrue(words.contains(
                "--ro-bind-try /sys /sys --size 4096 --tmpfs /sys/firmware --remount-ro /sys/firmware --dev-bind /dev/null /proc/keys"
                        + " --size 4000000000 --tmpfs /run --dir /run/lock"));
        assertFalse(words.contains("/sys/kernel/debug"));
    }

    @Test
    void what_the_machines_root_may_read_is_hidden_from_him_alone() throws RefusedException {
        assertFalse(words(USER, true, PLANNED, false).contains("/proc/slabinfo"));
        assertTrue(words(ROOT, true, PLANNED, false)
                .contains(" --dev-bind /dev/null /proc/keys --dev-bind /dev/null /proc/slabinfo "));
    }

    @Test
    void sharing_the_network_shares_the_resolver_too() throws RefusedException {
        String words = words(USER, true, PLANNED, true);
        assertFalse(words.contains("--unshare-net") || words.contains("own-network processes=4096"));
        assertTrue(words.contains("--ro-bind /run/resolve/conf /run/resolve/conf"));
        assertFalse(words(USER, true, PLANNED, false).contains("resolve"));
    }

    @Test
    void who_may_have_no_hooks_has_the_root_shown_once() throws RefusedException {
        Construction construction = new Construction(
                USER,
                true,
                PLACES,
                new Bounds(4_000_000_000L, 4096),
                PLANNED,
                Isolation.FULL.withoutOwnHooks(),
                List.of());
        String words = Plain.words(new Bubblewrap(Plain.HOST), construction);
        assertTrue(words.endsWith(" -- /proc/self/fd/4 own-network root-once processes=4096"), words);
    }

    @Test
    void mount_points_of_binds_are_made_in_a_root_that_is_thrown_away() throws RefusedException {
        String words = words(
                USER,
                true,
                PLANNED,
                false,
                bind("/mnt/a", false, Kind.DIRECTORY),
                bind("/etc/b", true, Kind.FILE),
                bind("/dev/shm", false, Kind.DIRECTORY));
        assertTrue(steps(words)
                .contains("target /run/m/mnt/r /mnt/a directory target /run/m/mnt/r /etc/b file identity user"));
        assertTrue(words.contains("--bind /src /mnt/a --ro-bind /src /etc/b --bind /src /dev/shm"));
    }

    @Test
    void root_touches_nothing_that_a_user_chose() throws RefusedException {
        String words = words(USER, true, CHOSEN, false, bind("/mnt/a", false, Kind.DIRECTORY));
        assertTrue(steps(words).contains(" bind-as 1001 1002 1002,27 /home/u/root /run/m/mnt/r harden /run/m/mnt/r "));
        assertTrue(steps(words).contains(" identity user 1001 1002 1002,27 target /run/m/mnt/r /proc directory "));
        assertTrue(steps(words).endsWith(" need-target /run/m/mnt/r /mnt/a directory"));
        assertTrue(words.contains("--bind /run/m/mnt/r / "));
    }

    @Test
    void ones_own_directory_is_bound_in_ones_own_namespace() throws RefusedException {
        assertTrue(steps(words(USER, false, CHOSEN, false)).contains(" bind /home/u/root /run/m/mnt/r "));
        String asRoot = words(ROOT, true, CHOSEN, false, bind("/mnt/a", false, Kind.FILE));
        assertTrue(steps(asRoot).contains(" bind /home/u/root /run/m/mnt/r "));
        assertTrue(steps(asRoot).contains(" need-target /run/m/mnt/r /mnt/a file "));
        assertTrue(asRoot.contains("--bind /run/m/mnt/r / "));
    }

    @Test
    void scratch_on_a_disk_is_not_made_on_the_tmpfs() throws RefusedException {
        Places disk = new Places(Bytes.utf8("/run/m/mnt"), Bytes.utf8("/var/c/scratch"));
        Construction construction = new Construction(
                ROOT,
                true,
                disk,
                new Bounds(16 << 20, 4096),
                new Root.Planned(DirectoryRoot.overlay(Bytes.utf8("/template"), disk)),
                Isolation.FULL,
                List.of());
        String words = Plain.words(new Bubblewrap(Plain.HOST), construction);
        assertTrue(words.startsWith(
                "private tmpfs 16777216 /run/m/mnt overlay /template /var/c/scratch/0 /run/m/mnt/r target"));
    }

    @Test
    void a_host_without_bwrap_is_told_how_to_get_it() {
        Host bare = new Host() {
            @Override
            public Optional<Path> program(String name) {
                return Optional.empty();
            }
        };
        Construction construction = new Construction(
                USER, true, PLACES, new Bounds(4_000_000_000L, 4096), PLANNED, Isolation.FULL, List.of());
        RefusedException refusal = assertThrows(RefusedException.class, () -> new Bubblewrap(bare).words(construction));
        assertEquals("cannot start a sandbox: bwrap is not installed", refusal.getMessage());
        assertEquals(Optional.of("install bubblewrap (apt install bubblewrap)"), refusal.remedy());
    }

    @Test
    void an_unknown_backend_is_refused_with_those_that_there_are() {
        RefusedException refusal = assertThrows(RefusedException.class, () -> Backend.named("docker"));
        assertEquals("cannot use backend docker: there is no such backend", refusal.getMessage());
        assertEquals(Optional.of("name one of bwrap, native, lxc, chroot"), refusal.remedy());
    }
}
