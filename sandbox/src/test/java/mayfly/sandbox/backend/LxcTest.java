package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.root.DirectoryRoot;
import mayfly.sandbox.root.Places;
import org.junit.jupiter.api.Test;

final class LxcTest {
    private static final Caller ROOT = new Caller(0, 0, List.of(0L));
    private static final Caller USER = new Caller(1001, 1002, List.of(1002L, 27L));
    private static final Places PLACES = Places.inMemory(Bytes.utf8("/run/m/mnt"));

    /** A host with LXC, one bridge, and little to be hidden. */
    private static final class PlainHost extends Host {
        @Override
        public Optional<Path> program(String name) {
            return Optional.of(Path.of("/usr/bin", name));
        }

        @Override
        boolean hasDirectory(String path) {
            return List.of("/sys/firmware", "/proc/acpi", "/etc/lxc", "/sys/fs/cgroup")
                    .contains(path);
        }

        @Override
        boolean hasBridge(String name) {
            return name.equals("br_vm");
        }

        @Override
        boolean has(String path) {
            return false;
        }

        @Override
        Optional<Bytes> resolverInRun() {
            return Optional.of(Bytes.utf8("/run/resolve/conf"));
        }
    }

    private static final Lxc LXC = new Lxc(new PlainHost());

    private static Isolation isolation(boolean shareNet, Identity identity, String... settings)
            throws RefusedException {
        List<Bytes> variables = Arrays.stream(settings).map(Bytes::utf8).toList();
        return new Isolation(shareNet, identity, Seccomp.DEFAULT, LXC.settings(Variables.of(variables)));
    }

    private static String words(Caller caller, Isolation isolation) throws RefusedException {
        Root root = new Root.Planned(DirectoryRoot.overlay(Bytes.utf8("/template"), PLACES));
        return LXC
                .words(new Construction(
                        "mf1", caller, true, PLACES, new Bounds(4_000_000_000L, 4096), root, isolation, List.of()))
                .stream()
                .map(Bytes::text)
                .collect(Collectors.joining(" "));
    }

    private static Shape shape(Caller caller, Isolation isolation, boolean onTemplate) {
        return new Shape(
                caller,
                onTemplate ? Optional.of("deb") : Optional.empty(),
                "lxc",
                isolation,
                List.of(),
                onTemplate ? Optional.empty() : Optional.of(Bytes.utf8("/srv")),
                Optional.empty());
    }

    @Test
    void lxc_finds_neither_its_configuration_nor_control_groups_and_leaves_its_state_to_the_sandbox()
            throws RefusedException {
        String words = words(ROOT, Isolation.FULL);
        assertTrue(
                words.contains(" directory / /run/m/mnt/m directory / /run/m/mnt/c bind /run/m/mnt/c /run/lxc"
                        + " tmpfs 4096 /etc/lxc tmpfs 4096 /sys/fs/cgroup -- /usr/bin/env PATH=/ /usr/bin/lxc-start --foreground --name mf1"
                        + " --rcfile /dev/null --lxcpath /run/m/mnt/c --define"
                        + " lxc.rootfs.path=dir:/run/m/mnt/r --define lxc.rootfs.mount=/run/m/mnt/m "),
                words);
        assertTrue(words.endsWith(" -- /proc/self/fd/4 own-network processes=4096"), words);
    }

    @Test
    void root_is_root_of_a_user_namespace_with_all_ids() throws RefusedException {
        String words = words(ROOT, Isolation.FULL);
        assertTrue(words.contains("lxc.idmap=u 0 0 4294967295 --define lxc.idmap=g 0 0 4294967295"), words);
        assertTrue(words.contains("lxc.init.uid=0 --define lxc.init.gid=0 --define lxc.cap.keep=chown"), words);
        assertFalse(words.contains("net_admin"), words);
        assertTrue(words.contains("lxc.mount.entry=tmpfs proc/acpi tmpfs ro,"), words);
    }

    @Test
    void a_user_is_himself_with_his_groups_and_without_capabilities() throws RefusedException {
        String words = words(USER, Isolation.FULL);
        assertFalse(words.contains("lxc.idmap"), words);
        assertTrue(
                words.contains("lxc.init.uid=1001 --define lxc.init.gid=1002 --define lxc.init.groups=1002,27"
                        + " --define lxc.cap.keep=none"),
                words);
        assertTrue(
                words.contains(
                        "tmpfs run tmpfs mode=0755,nosuid,nodev,uid=1001,gid=1002,size=4000000000,nr_inodes=976562 0 0"),
                words);
        // No user namespace: all of the user's processes would count.
        assertTrue(words.endsWith(" own-network"), words);
    }

    @Test
    void ids_of_its_own_are_mapped() throws RefusedException {
        Identity range = new Identity.RootOfRange(100_000, 200_000, 65_536);
        String words = words(USER, isolation(false, range));
        assertTrue(words.contains("lxc.idmap=u 0 100000 65536 --define lxc.idmap=g 0 200000 65536"), words);
        assertTrue(words.contains("lxc.init.uid=0 --define lxc.init.gid=0 --define lxc.cap.keep=chown"), words);
        assertTrue(words(USER, isolation(false, Identity.ROOT_ALONE)).contains("lxc.idmap=u 0 1001 1 "));
    }

    @Test
    void a_sandbox_has_a_loopback_or_a_device_on_a_bridge() throws RefusedException {
        String alone = words(ROOT, Isolation.FULL);
        assertTrue(alone.contains("lxc.net.0.type=empty --define lxc.net.0.flags=up --define lxc.console"), alone);
        String bridged = words(ROOT, isolation(true, Identity.OWN, "LXC_NET_BR=br9"));
        assertTrue(
                bridged.contains("lxc.net.0.type=veth --define lxc.net.0.flags=up --define lxc.net.0.link=br9"
                        + " --define lxc.net.0.veth.pair=mf1"),
                bridged);
        assertTrue(bridged.contains(" net_admin"), bridged);
        assertTrue(bridged.contains("/run/resolve/conf run/resolve/conf none bind,ro,create=file"), bridged);
        assertTrue(words(ROOT, isolation(true, Identity.OWN)).contains("lxc.net.0.link=br_vm"));
    }

    @Test
    void tun_and_the_log_are_there_on_demand() throws RefusedException {
        String words = words(ROOT, isolation(false, Identity.OWN, "LXC_MAP_TUN=1", "DEBUG_LXC_SPAWN=1"));
        assertTrue(words.contains("lxc.mount.entry=/dev/net/tun dev/net/tun none bind,create=file 0 0"), words);
        assertTrue(words.contains("--logfile /proc/self/fd/2 --logpriority DEBUG"), words);
        assertEquals(
                Map.of(),
                isolation(false, Identity.OWN, "LXC_MAP_TUN=0", "DEBUG_LXC_SPAWN=")
                        .settings());
    }

    @Test
    void a_fifth_of_a_processor_is_usual_and_memory_is_as_the_variable_says() throws RefusedException {
        assertEquals(new Quota(OptionalInt.of(20), OptionalLong.empty()), LXC.quota(Isolation.FULL));
        assertEquals(
                new Quota(OptionalInt.of(150), OptionalLong.of(64L << 20)),
                LXC.quota(isolation(false, Identity.OWN, "LXC_CPU_QUOTA=0150", "LXC_MEM_MB_QUOTA=64")));
        assertTrue(LXC.quota(isolation(false, Identity.OWN, "LXC_CPU_QUOTA=0")).isNone());
    }

    @Test
    void values_that_make_no_sense_are_refused() {
        for (String variable : List.of(
                "LXC_CPU_QUOTA=x",
                "LXC_CPU_QUOTA=-1",
                "LXC_CPU_QUOTA=100001",
                "LXC_MEM_MB_QUOTA=3",
                "LXC_MEM_MB_QUOTA=99999999999",
                "LXC_NET_BR=../x",
                "LXC_NET_BR=a/b",
                "LXC_NET_BR=.",
                "LXC_NET_BR=sixteencharacter",
                "LXC_NET_BR=a b")) {
            assertThrows(RefusedException.class, () -> isolation(true, Identity.OWN, variable), variable);
        }
    }

    @Test
    void what_the_host_lacks_and_what_needs_root_is_refused() throws RefusedException {
        LXC.check(shape(USER, Isolation.FULL.withNet(), true), true);
        LXC.check(shape(ROOT, Isolation.FULL, false), true);
        assertThrows(RefusedException.class, () -> LXC.check(shape(USER, Isolation.FULL, true), false));
        assertThrows(RefusedException.class, () -> LXC.check(shape(USER, Isolation.FULL, false), true));
        Isolation elsewhere = isolation(true, Identity.OWN, "LXC_NET_BR=br9");
        assertThrows(RefusedException.class, () -> LXC.check(shape(ROOT, elsewhere, true), true));
        Isolation tun = isolation(false, Identity.OWN, "LXC_MAP_TUN=1");
        assertThrows(RefusedException.class, () -> LXC.check(shape(ROOT, tun, true), true));
    }
}
