package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;
import mayfly.sandbox.root.Step;
import mayfly.sandbox.root.Step.Kind;
import org.junit.jupiter.api.Test;

final class JailBackendTest {
    private static final Caller ROOT = new Caller(0, 0, List.of(0L));
    private static final Caller USER = new Caller(1001, 1002, List.of(1002L, 27L));
    private static final Places PLACES = Places.inMemory(Bytes.utf8("/var/run/mayfly/mnt"));
    private static final Root CLONE = planned("tank/t/deb_1");
    private static final String ENTER = "/usr/local/lib/mayfly/mayfly-enter";
    private static final String PLACE = "/var/run/mayfly/mnt/mf1";
    private static final String SETS = "/sbin/devfs rule showsets";
    private static final String LOADED = "1\n2\n3\n4\n5\n";
    private static final String LIST = "/bin/ls -A " + PLACE + "/r/dev";
    private static final String HIDDEN = "fd\nnull\npts\nrandom\nstderr\nstdin\nstdout\nurandom\nzero\n";

    private static final class FreeBsd extends Host {
        @Override
        boolean isFreeBsd() {
            return true;
        }

        @Override
        Optional<Bytes> userName(long uid) {
            return uid == USER.uid() ? Optional.of(Bytes.utf8("ann")) : Optional.empty();
        }
    }

    private static final JailBackend JAIL = new JailBackend(new FreeBsd(), 0);

    private static Root planned(String dataset) {
        return new Root.Planned(new RootPlan(List.of(Step.zfs(Bytes.utf8(dataset), PLACES.root()))));
    }

    private static Isolation isolation(boolean net, String... variables) throws RefusedException {
        List<Bytes> entries = new ArrayList<>();
        for (String variable : variables) {
            entries.add(Bytes.utf8(variable));
        }
        return new Isolation(net, Identity.OWN, Seccomp.DEFAULT, JAIL.settings(Variables.of(entries)));
    }

    private static Construction construction(Caller caller, Root root, Isolation isolation, KnownBind... binds) {
        return new Construction(
                "mf1", caller, true, PLACES, new Bounds(16 << 20, 4096), root, isolation, List.of(binds));
    }

    private static KnownBind bind(String source, String destination, boolean readOnly) {
        return new KnownBind(new Bind(Bytes.utf8(source), Bytes.utf8(destination), readOnly), Kind.DIRECTORY);
    }

    private static String words(Construction construction) throws RefusedException {
        return JAIL.words(construction).stream().map(Bytes::text).collect(Collectors.joining(" "));
    }

    private static RecordedPrograms programs() {
        return new RecordedPrograms()
                .answering(SETS, LOADED)
                .answering(LIST, HIDDEN)
                .answering("/sbin/sysctl -n kern.racct.enable", "1\n")
                .answering("/sbin/ifconfig br0", "br0: flags=1008843<UP>\n\tid 58:9c:fc:10\n\tgroups: bridge\n");
    }

    private static List<String> ran(Construction construction) throws RefusedException {
        RecordedPrograms programs = programs();
        Backend.Around around = JAIL.around(construction, ENTER);
        new HostSteps(programs).take(around.before());
        new HostSteps(programs).take(around.after());
        return programs.lines();
    }

    private static final List<String> USUAL = List.of(
            "/bin/mkdir -m 0700 " + PLACE,
            "/bin/mkdir -m 0700 " + PLACE + "/r",
            "/sbin/mount -t zfs -o nosuid,noatime tank/t/deb_1 " + PLACE + "/r",
            ENTER + " target " + PLACE + "/r /dev directory target " + PLACE + "/r /tmp directory -- /usr/bin/true",
            SETS,
            "/sbin/mount -t devfs -o ruleset=4 devfs " + PLACE + "/r/dev",
            "/sbin/devfs -m " + PLACE + "/r/dev rule apply path zfs hide",
            "/sbin/devfs -m " + PLACE + "/r/dev rule apply path fuse hide",
            "/sbin/devfs -m " + PLACE + "/r/dev rule apply path crypto hide",
            LIST,
            "/sbin/mount -t fdescfs -o rw fdescfs " + PLACE + "/r/dev/fd",
            "/sbin/mount -t tmpfs -o nosuid,mode=1777,size=16777216 tmpfs " + PLACE + "/r/tmp");

    private static final List<String> UNDOING = List.of(
            "/bin/rmdir " + PLACE,
            "/bin/rmdir " + PLACE + "/r",
            "/sbin/zfs unmount -f " + PLACE + "/r",
            "",
            "",
            "/sbin/umount -f " + PLACE + "/r/dev",
            "",
            "",
            "",
            "",
            "/sbin/umount -f " + PLACE + "/r/dev/fd",
            "/sbin/umount -f " + PLACE + "/r/tmp");

    @Test
    void a_user_gets_the_tight_set_of_parameters() throws RefusedException {
        assertEquals(
                "parameter host.hostname mf1 parameter ip4 disable parameter ip6 disable"
                        + " parameter sysvmsg new parameter sysvsem new parameter sysvshm new"
                        + " parameter enforce_statfs 2 parameter children.max 0 parameter securelevel 2"
                        + " parameter devfs_ruleset 4 deny set_hostname deny sysvipc deny raw_sockets deny chflags"
                        + " deny quotas deny socket_af deny mlock deny read_msgbuf deny unprivileged_proc_debug"
                        + " deny unprivileged_parent_tampering deny nfsd deny extattr deny adjtime deny settime"
                        + " deny routing deny vmm deny mount deny mount.devfs deny mount.fdescfs deny mount.nullfs"
                        + " deny mount.procfs deny mount.linprocfs deny mount.linsysfs deny mount.tmpfs deny mount.zfs"
                        + " jail mf1 " + PLACE + "/r login ann user 1001 1002 1002,27 -- /dev/fd/4",
                words(construction(USER, CLONE, Isolation.FULL)));
        assertTrue(words(construction(ROOT, CLONE, Isolation.FULL))
                .endsWith(" jail mf1 " + PLACE + "/r login - -- /dev/fd/4"));
        assertTrue(words(construction(USER, CLONE, Isolation.FULL.withoutOwnHooks()))
                .endsWith(" -- /dev/fd/4 root-once"));
    }

    @Test
    void no_parameter_lets_a_jail_persist_or_allows_anything() throws RefusedException {
        String words = words(construction(USER, CLONE, Isolation.FULL.withNet()));
        assertFalse(words.contains("persist") || words.contains("allow"), words);
    }

    @Test
    void all_is_mounted_before_the_jail_is_there() throws RefusedException {
        assertEquals(USUAL, ran(construction(USER, CLONE, Isolation.FULL)));
    }

    @Test
    void whatever_fails_all_that_was_tried_is_undone_backwards() throws RefusedException {
        List<HostStep> steps =
                JAIL.around(construction(USER, CLONE, Isolation.FULL), ENTER).before();
        for (int failing = 0; failing < USUAL.size(); failing++) {
            RecordedPrograms programs = programs().failingAt(failing);
            assertThrows(RefusedException.class, () -> new HostSteps(programs).take(steps));
            List<String> expected = new ArrayList<>(USUAL.subList(0, failing + 1));
            List<String> undone = new ArrayList<>(UNDOING.subList(0, failing + 1));
            Collections.reverse(undone);
            undone.removeIf(String::isEmpty);
            expected.addAll(undone);
            assertEquals(expected, programs.lines());
        }
    }

    @Test
    void the_jail_goes_first_when_something_fails_behind_it() throws RefusedException {
        List<HostStep> steps = new ArrayList<>(
                JAIL.around(construction(USER, CLONE, Isolation.FULL), ENTER).before());
        steps.add(HostStep.of("go on", List.of("/more"), List.of()));
        RecordedPrograms programs = programs().failingAt(USUAL.size());
        assertThrows(RefusedException.class, () -> new HostSteps(programs).take(steps));
        assertEquals(
                List.of(
                        ENTER + " remove-jail mf1 -- /usr/bin/true",
                        "/sbin/umount -f " + PLACE + "/r/tmp",
                        "/sbin/umount -f " + PLACE + "/r/dev/fd",
                        "/sbin/umount -f " + PLACE + "/r/dev",
                        "/sbin/zfs unmount -f " + PLACE + "/r",
                        "/bin/rmdir " + PLACE + "/r",
                        "/bin/rmdir " + PLACE),
                programs.lines().subList(USUAL.size() + 1, programs.lines().size()));
    }

    @Test
    void root_binds_directories_read_only_or_not() throws RefusedException {
        List<String> ran = ran(construction(
                ROOT, CLONE, Isolation.FULL, bind("/srv/in", "/in", true), bind("/srv/out", "/a/out", false)));
        assertEquals(
                List.of(
                        "/sbin/mount -t nullfs -o nosuid,ro /srv/in " + PLACE + "/r/in",
                        "/sbin/mount -t nullfs -o nosuid /srv/out " + PLACE + "/r/a/out"),
                ran.subList(USUAL.size(), ran.size()));
        assertTrue(
                ran.get(3)
                        .endsWith(" target " + PLACE + "/r /in directory target " + PLACE
                                + "/r /a/out directory -- /usr/bin/true"),
                ran.get(3));
    }

    @Test
    void a_bind_that_cannot_be_mounted_safely_is_refused() {
        for (KnownBind bad : List.of(
                bind("/a b", "/x", true),
                bind("/a", "/x y", true),
                bind("/a", "/x\n/y", true),
                bind("/a", "/../x", true),
                bind("/a/../b", "/x", true),
                bind("/a", "/dev", true),
                bind("/a", "/tmp/x", true),
                bind("/a", "/" + "x".repeat(1000), true),
                new KnownBind(new Bind(Bytes.utf8("/a"), Bytes.utf8("/x"), true), Kind.FILE))) {
            assertThrows(
                    RefusedException.class,
                    () -> JAIL.around(construction(ROOT, CLONE, Isolation.FULL, bad), ENTER),
                    bad.toString());
        }
    }

    @Test
    void a_directory_of_roots_choice_is_its_root_and_gets_no_new_mount_points() throws RefusedException {
        List<String> ran = ran(construction(ROOT, new Root.Chosen(Bytes.utf8("/srv/work")), Isolation.FULL));
        assertEquals("/sbin/mount -t nullfs -o nosuid /srv/work " + PLACE + "/r", ran.get(2));
        assertEquals(
                ENTER + " need-target " + PLACE + "/r /dev directory need-target " + PLACE
                        + "/r /tmp directory -- /usr/bin/true",
                ran.get(3));
    }

    /** mount(8) follows links: nobody may be able to put one there. */
    @Test
    void all_that_is_mounted_on_in_such_a_directory_is_to_be_roots() {
        Root chosen = new Root.Chosen(Bytes.utf8("/srv/work"));
        assertEquals(
                List.of("/srv/work/dev", "/srv/work/tmp", "/srv/work/a/in"),
                JAIL.followed(construction(ROOT, chosen, Isolation.FULL, bind("/srv/in", "/a/in", true))).stream()
                        .map(Bytes::text)
                        .toList());
        assertEquals(List.of(), JAIL.followed(construction(ROOT, CLONE, Isolation.FULL, bind("/a", "/b", true))));
    }

    @Test
    void clones_of_other_stores_are_refused() {
        Root overlay = new Root.Planned(
                new RootPlan(List.of(Step.overlay(Bytes.utf8("/srv"), Bytes.utf8("/s"), Bytes.utf8("/r")))));
        RefusedException refused = assertThrows(
                RefusedException.class, () -> JAIL.around(construction(ROOT, overlay, Isolation.FULL), ENTER));
        assertEquals("cannot use backend jail with this template: its clones are none of ZFS", refused.getMessage());
    }

    // The network.

    @Test
    void the_network_is_none_the_hosts_some_addresses_or_its_own() throws RefusedException {
        assertTrue(words(construction(USER, CLONE, isolation(true))).contains(" ip4 inherit parameter ip6 inherit "));
        assertTrue(words(construction(USER, CLONE, isolation(true, "MAYFLY_JAIL_ADDRESSES=10.0.0.5,::1")))
                .contains(" ip4 new parameter ip4.addr 10.0.0.5 parameter ip6 new parameter ip6.addr ::1 "));
        assertTrue(words(construction(USER, CLONE, isolation(true, "MAYFLY_JAIL_ADDRESSES=10.0.0.5")))
                .contains(" ip4 new parameter ip4.addr 10.0.0.5 parameter ip6 disable "));
        String vnet = words(construction(USER, CLONE, isolation(true, "LXC_NET_BR=br0")));
        assertTrue(vnet.contains(" parameter vnet new ") && !vnet.contains("ip4"), vnet);
        assertTrue(words(construction(USER, CLONE, isolation(false, "LXC_NET_BR=br0")))
                .contains(" ip4 disable parameter ip6 disable "));
        assertThrows(
                RefusedException.class,
                () -> words(construction(
                        USER, CLONE, isolation(true, "LXC_NET_BR=br0", "MAYFLY_JAIL_ADDRESSES=10.0.0.5"))));
    }

    @Test
    void a_network_of_its_own_is_made_when_the_jail_is_there() throws RefusedException {
        Construction construction = construction(USER, CLONE, isolation(true, "LXC_NET_BR=br0"));
        RecordedPrograms programs = programs();
        Backend.Around around = JAIL.around(construction, ENTER);
        new HostSteps(programs).take(around.before());
        assertEquals("/sbin/ifconfig br0", programs.lines().get(USUAL.size()));
        RecordedPrograms after = programs();
        new HostSteps(after).take(around.after());
        String pair = after.runs().get(0).get(1);
        assertTrue(pair.matches("epair2[0-9]{4}"), pair);
        assertEquals(
                List.of(
                        "/sbin/ifconfig " + pair + " create name mf1a",
                        "/sbin/ifconfig br0 addm mf1a",
                        "/sbin/ifconfig mf1a up",
                        "/sbin/ifconfig " + pair + "b vnet mf1"),
                after.lines());
        for (int failing = 0; failing < 4; failing++) {
            RecordedPrograms failed = programs().failingAt(failing);
            assertThrows(RefusedException.class, () -> new HostSteps(failed).take(around.after()));
            assertEquals("/sbin/ifconfig mf1a destroy", failed.lines().get(failing + 1));
            assertEquals(failing + 2, failed.lines().size());
        }
    }

    /** Sandboxes of another service may have its numbers still; the last one is followed by the first. */
    @Test
    void each_pair_has_another_number_and_each_service_begins_somewhere_else() throws RefusedException {
        Construction construction = construction(USER, CLONE, isolation(true, "LXC_NET_BR=br0"));
        JailBackend jail = new JailBackend(new FreeBsd(), 11_999);
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            RecordedPrograms programs = programs();
            new HostSteps(programs).take(jail.around(construction, ENTER).after());
            pairs.add(programs.runs().get(0).get(1));
        }
        assertEquals(List.of("epair31999", "epair20000"), pairs);
    }

    @Test
    void an_interface_that_is_no_bridge_is_refused() throws RefusedException {
        List<HostStep> steps = JAIL.around(construction(USER, CLONE, isolation(true, "LXC_NET_BR=em0")), ENTER)
                .before();
        RecordedPrograms programs = programs()
                .answering("/sbin/ifconfig em0", "em0: flags=1008843<UP>\n\tinet 10.0.0.1\n\tgroups: egress\n");
        RefusedException refused = assertThrows(RefusedException.class, () -> new HostSteps(programs).take(steps));
        assertEquals("cannot use the bridge em0: it is no bridge", refused.getMessage());
    }

    @Test
    void only_who_may_has_a_bridge() throws RefusedException {
        assertEquals(
                Optional.of("br0"),
                JAIL.grants(isolation(true, "LXC_NET_BR=br0")).bridge());
        assertEquals(Optional.empty(), JAIL.grants(isolation(true)).bridge());
        assertEquals(
                Optional.empty(),
                JAIL.grants(isolation(false, "LXC_NET_BR=br0")).bridge());
    }

    // Limits.

    @Test
    void limits_are_rules_about_the_jails_name() throws RefusedException {
        List<String> ran = ran(construction(USER, CLONE, isolation(false, "LXC_MEM_MB_QUOTA=512", "LXC_CPU_QUOTA=50")));
        assertEquals(
                List.of(
                        "/sbin/sysctl -n kern.racct.enable",
                        "/usr/bin/rctl -a jail:mf1:maxproc:deny=2048",
                        "/usr/bin/rctl -a jail:mf1:memoryuse:sigkill=536870912",
                        "/usr/bin/rctl -a jail:mf1:pcpu:deny=50"),
                ran.subList(USUAL.size(), ran.size()));
        assertEquals(USUAL, ran(construction(USER, CLONE, isolation(false, "LXC_CPU_QUOTA=0"))));
    }

    @Test
    void limits_that_the_kernel_would_not_count_are_refused() throws RefusedException {
        List<HostStep> steps = JAIL.around(construction(USER, CLONE, isolation(false, "LXC_CPU_QUOTA=50")), ENTER)
                .before();
        RecordedPrograms programs = new RecordedPrograms()
                .answering(SETS, LOADED)
                .answering(LIST, HIDDEN)
                .answering("/sbin/sysctl -n kern.racct.enable", "0\n");
        assertThrows(RefusedException.class, () -> new HostSteps(programs).take(steps));
    }

    // What is not possible.

    private static Shape shape(Caller caller, Identity identity, Seccomp seccomp, List<Bind> binds, boolean chosen) {
        return new Shape(
                caller,
                chosen ? Optional.empty() : Optional.of("deb"),
                "jail",
                new Isolation(false, identity, seccomp, Map.of()),
                binds,
                chosen ? Optional.of(Bytes.utf8("/srv")) : Optional.empty(),
                Optional.empty());
    }

    @Test
    void what_a_jail_cannot_do_is_refused_with_the_reason() throws RefusedException {
        List<Bind> binds = List.of(new Bind(Bytes.utf8("/a"), Bytes.utf8("/b"), true));
        JAIL.check(shape(USER, Identity.OWN, Seccomp.DEFAULT, List.of(), false), true);
        JAIL.check(shape(USER, Identity.OWN, Seccomp.NONE, List.of(), false), true);
        JAIL.check(shape(ROOT, Identity.OWN, Seccomp.DEFAULT, binds, true), true);
        for (Shape bad : List.of(
                shape(USER, Identity.ROOT_ALONE, Seccomp.DEFAULT, List.of(), false),
                shape(ROOT, new Identity.RootOfRange(1, 1, 1), Seccomp.DEFAULT, List.of(), false),
                shape(USER, Identity.OWN, Seccomp.STRICT, List.of(), false),
                shape(USER, Identity.OWN, Seccomp.NESTED, List.of(), false),
                shape(USER, Identity.OWN, Seccomp.DEFAULT, binds, false),
                shape(USER, Identity.OWN, Seccomp.DEFAULT, List.of(), true))) {
            assertThrows(RefusedException.class, () -> JAIL.check(bad, true), bad.toString());
        }
        Shape good = shape(USER, Identity.OWN, Seccomp.DEFAULT, List.of(), false);
        assertThrows(RefusedException.class, () -> JAIL.check(good, false));
        assertThrows(RefusedException.class, () -> new JailBackend(new Host()).check(good, true));
        assertThrows(RefusedException.class, JAIL::checkDesktop);
        assertThrows(RefusedException.class, JAIL::checkIds);
        assertThrows(RefusedException.class, () -> isolation(true, "LXC_MAP_TUN=1"));
    }

    /** Elsewhere mayfly-binder mounts into a sandbox that is parked; here mounts are made before a process is there. */
    @Test
    void binds_are_of_the_shape_and_hooks_are_shown_no_root() {
        assertFalse(JAIL.bindsLate());
        assertFalse(JAIL.showsRoot());
    }

    @Test
    void it_needs_freebsd_and_root() {
        assertEquals(Optional.empty(), JAIL.missing(true));
        assertTrue(JAIL.missing(false).isPresent());
        assertTrue(new JailBackend(new Host()).missing(true).isPresent());
    }
}
