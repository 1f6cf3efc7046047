package mayfly.integration.zfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.OnZfs;
import mayfly.integration.workshop.Workshop;
import mayfly.integration.workshop.Zpools;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What the set-up section of isolate's README does, with Mayfly's names: from an empty pool to commands in clones of a
 * Debian, and back. Each step goes on where the one before it ended. The system property {@code mayfly.debootstrap} names
 * a tarball of packages of which debootstrap then makes that Debian, which takes many minutes; otherwise it is a ready one.
 */
@OnZfs
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SetUpTest {
    private static final String READY_DEBIAN = "/usr/share/mayfly-vm/debian.tar";
    private static final String TIME = "20\\d{6}-\\d{6}";
    private static final String SLEEP = "echo ready; while :; do sleep 0.1; done";

    /** A package that brings one program. */
    private static final String BUILD_PACKAGE = """
            mkdir -p greet/DEBIAN greet/usr/bin packages
            cat >greet/DEBIAN/control <<END
            Package: greet
            Version: 1.0
            Architecture: all
            Maintainer: nobody <nobody@example.org>
            Description: greets
            END
            printf '#!/bin/sh\\necho hello from a package\\n' >greet/usr/bin/greet
            chmod 755 greet/usr/bin/greet
            dpkg-deb --root-owner-group --build greet packages/greet.deb >/dev/null
            """;

    private final Zpools pools;
    private final Workshop workshop;

    SetUpTest(Zpools pools) {
        this.pools = pools;
        this.workshop = pools.workshop();
    }

    /** What root does, shown with what it prints. */
    private String root(String script) {
        String printed = pools.root(script);
        System.out.println("# " + script.strip() + (printed.isEmpty() ? "" : "\n" + printed));
        return printed;
    }

    /** The datasets of clones. */
    private static List<String> clones(String printed) {
        return printed.lines()
                .map(line -> line.split("\\s", 2)[0])
                .filter(name -> name.startsWith("rpool/isolate/debisl_"))
                .toList();
    }

    private List<String> clones() {
        return clones(pools.root("zfs list -H -o name -r rpool/isolate"));
    }

    private List<String> snapshots() {
        return pools.root("zfs list -H -t snapshot -o name -s createtxg -d 1 rpool/isolate/debisl")
                .lines()
                .toList();
    }

    /** Clones that no sandbox has, all of this snapshot. */
    private boolean areReady(int count, String snapshot) {
        List<String> ready = new ArrayList<>();
        String columns = pools.root("zfs list -H -o name,mayfly:state,origin -r rpool/isolate");
        for (String line : columns.lines().toList()) {
            if (line.contains("debisl_") && !line.endsWith("\t" + snapshot)) {
                return false;
            }
            if (line.contains("\tready\t")) {
                ready.add(line);
            }
        }
        return ready.size() == count;
    }

    private Call.Running sleeper() {
        return workshop.mayfly("-z", "debisl", "bash", "-c", SLEEP).start().prints("ready");
    }

    @Test
    @Order(1)
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void a_dataset_becomes_a_template_and_gets_a_debian() {
        pools.make("rpool", 3000);
        workshop.configured("[template.debisl]\ndataset = \"rpool/isolate/debisl\"\nready = 1\nready-max = 5\n");
        root("zfs create rpool/isolate");
        assertEquals("/rpool/isolate/debisl", root("mayfly template create debisl"));
        String tarball = System.getProperty("mayfly.debootstrap", "");
        if (tarball.isEmpty()) {
            pools.root("tar -xf " + READY_DEBIAN + " -C /rpool/isolate/debisl");
        } else {
            String debootstrap = "debootstrap --variant=minbase --unpack-tarball=" + tarball
                    + " $(. /etc/os-release && echo $VERSION_CODENAME) /rpool/isolate/debisl >&2";
            pools.asRoot(debootstrap).within(Duration.ofMinutes(50)).run().exits(0);
        }
        // For what is tried with them below.
        pools.root(
                "echo first >/rpool/isolate/debisl/etc/name; cd /rpool/isolate/debisl/usr/local; cp ../bin/id bin/other-id; chmod 4755 bin/other-id;"
                        + " mknod -m 666 zero c 1 5");
    }

    @Test
    @Order(2)
    void a_package_is_installed_in_the_template_itself_and_a_snapshot_follows() {
        pools.root(BUILD_PACKAGE);
        String packages = workshop.work().resolve("packages").toString();
        String printed = root("mayfly template shell debisl --snapshot -d " + packages
                + ":/mnt -- apt-get install -y /mnt/greet.deb 2>&1 | tail -n 2");

        String snapshot = printed.substring(printed.lastIndexOf('\n') + 1);
        assertTrue(snapshot.matches(TIME), printed);
        assertEquals(List.of("rpool/isolate/debisl@" + snapshot), snapshots());
        assertTrue(root("zfs list -t snapshot").contains("rpool/isolate/debisl@" + snapshot + " "));
    }

    @Test
    @Order(3)
    void a_refill_makes_five_clones_that_zfs_shows_with_what_they_are() {
        String snapshot = snapshots().get(0);
        String refilled = root("mayfly -r rpool/isolate/debisl 5");
        assertTrue(refilled.matches("debisl: 5 ready of snapshot " + TIME + ", [45] made, 0 given up"), refilled);

        List<String> names = clones(root("zfs list"));
        assertEquals(5, names.size());
        assertTrue(names.stream().allMatch(name -> name.matches("rpool/isolate/debisl_\\d{19}")), names.toString());
        String locks = workshop.runtime().resolve("locks") + "/debisl_";
        for (String name : names) {
            assertEquals(
                    String.join(
                            "\n",
                            "off",
                            "off",
                            "noauto",
                            "no",
                            "debisl",
                            "ready",
                            locks + name.replaceAll(".*_", ""),
                            snapshot),
                    pools.root("zfs get -H -o value setuid,devices,canmount,mounted,mayfly:template,mayfly:state,"
                            + "mayfly:lease,origin " + name));
        }
    }

    @Test
    @Order(4)
    void a_member_s_command_runs_in_a_clone_that_is_destroyed_and_replaced() {
        String snapshot = snapshots().get(0);
        String line = workshop.bash(
                        "mayfly -z debisl --status-fd 3 bash -c 'greet; id -u >/tmp/mine; cat /tmp/mine'" + " 3>&1")
                .run()
                .succeeds();
        assertTrue(line.startsWith("hello from a package\n"), line);
        Json status = Json.object(line.substring(line.lastIndexOf('\n') + 1));
        String clone = "rpool/isolate/" + status.text("clone");
        Eventually.holds(
                "the clone is destroyed and replaced", () -> !clones().contains(clone) && areReady(5, snapshot));
        assertEquals("no", workshop.prints("-z", "debisl", "bash", "-c", "[ -e /tmp/mine ] || echo no"));
        assertFalse(pools.root("ls /rpool/isolate/debisl/tmp").contains("mine"));
    }

    @Test
    @Order(5)
    void nothing_in_a_clone_gives_rights_and_no_mount_of_it_is_seen_outside() {
        Call.Running running = workshop.mayfly("-z", "debisl", "bash", "-c", """
                                stat -c %A /usr/local/bin/other-id
                                other-id -u
                                head -c 1 /usr/local/zero 2>&1
                                grep ' / / ' /proc/self/mountinfo
                                """ + SLEEP)
                .start()
                .prints("ready");
        List<String> lines = running.output().lines().toList();
        assertEquals("-rwsr-xr-x", lines.get(0));
        assertEquals(String.valueOf(workshop.account().uid()), lines.get(1));
        assertTrue(lines.get(2).endsWith("/usr/local/zero' for reading: Permission denied"), lines.get(2));
        assertTrue(lines.get(3).matches(".*rw,nosuid,nodev,noatime.* zfs rpool/isolate/debisl_.*"), lines.get(3));
        String mounts = Directories.read(Path.of("/proc/self/mountinfo"));
        assertFalse(mounts.contains("debisl_"), mounts);
        running.signal("TERM").await();
    }

    @Test
    @Order(6)
    void a_snapshot_that_zfs_takes_is_picked_up_and_no_run_waits_for_it() {
        pools.root("echo newer >/rpool/isolate/debisl/etc/name");
        root("zfs snapshot rpool/isolate/debisl@new");
        String first = workshop.prints("-z", "debisl", "cat", "/etc/name");
        assertTrue(Set.of("first", "newer").contains(first), first);
        Eventually.holds("commands run in the new snapshot", () -> workshop.prints("-z", "debisl", "cat", "/etc/name")
                .equals("newer"));
        Eventually.holds("all clones are of it", () -> areReady(5, "rpool/isolate/debisl@new"));
    }

    @Test
    @Order(7)
    void force_replaces_all_and_a_sweep_gives_up_what_is_old() {
        List<String> before = clones();
        String forced = root("mayfly -f -r debisl 5");
        assertTrue(forced.matches("debisl: 5 ready of snapshot new, [5-9] made, \\d+ given up"), forced);
        Eventually.holds("none of the old ones is left", () -> clones().stream().noneMatch(before::contains));

        pools.root("zfs snapshot rpool/isolate/debisl@newest");
        String swept = root("mayfly -s -r debisl");
        assertTrue(swept.matches("debisl: \\d ready of snapshot newest, 0 made, \\d given up"), swept);
        Eventually.holds("all clones are of the newest", () -> areReady(5, "rpool/isolate/debisl@newest"));
    }

    @Test
    @Order(8)
    void openzfs_2_1_cannot_map_ids_and_a_run_that_wants_it_says_so() {
        pools.asRoot("mayfly -z debisl -u 400000000 true")
                .run()
                .fails(
                        125,
                        "cannot .*: its filesystem has no idmapped mounts \\(tmpfs has them from Linux 6.3 on, OpenZFS from 2.2\\)",
                        "give the template another store or filesystem, or leave out the option for ids");
    }

    @Test
    @Order(9)
    void a_rollback_waits_for_no_command_and_ends_none() {
        Call.Running command = sleeper();
        pools.asRoot("mayfly template rollback debisl new --yes")
                .run()
                .fails(
                        125,
                        "cannot roll back template debisl: a command runs in one of the clones that have to be gone",
                        "end what runs there, or wait for it, and try again; mayfly pool status counts it as leased");
        assertTrue(command.isAlive());
        command.signal("TERM").await();

        String first = snapshots().get(0);
        String name = first.substring(first.indexOf('@') + 1);
        Eventually.holds(
                "its lease is over",
                () -> pools.asRoot("mayfly template rollback debisl " + name + " --yes")
                                .run()
                                .status()
                        == 0);
        assertEquals(List.of(first), snapshots());
        assertEquals("first", pools.root("cat /rpool/isolate/debisl/etc/name"));
        assertEquals("hello from a package", workshop.prints("-z", "debisl", "greet"));
        Eventually.holds("the pool is as full as before", () -> areReady(5, first));
    }

    @Test
    @Order(10)
    void a_template_is_destroyed_with_all_clones_when_no_command_runs() {
        Call.Running command = sleeper();
        pools.asRoot("mayfly template destroy debisl --yes")
                .run()
                .fails(
                        125,
                        "cannot destroy template debisl: a command runs in one of the clones that have to be gone",
                        "end what runs there, or wait for it, and try again; mayfly pool status counts it as leased");
        command.signal("TERM").await();
        Eventually.holds(
                "its lease is over",
                () -> pools.asRoot("mayfly template destroy debisl --yes").run().status() == 0);
        assertEquals("rpool\nrpool/isolate", pools.root("zfs list -H -o name -t all -r rpool"));
        workshop.mayfly("-z", "debisl", "true")
                .run()
                .fails(
                        125,
                        "cannot use template debisl: the dataset rpool/isolate/debisl does not exist",
                        "mayfly template create debisl makes it; zpool import -a if its pool is not imported");
    }
}
