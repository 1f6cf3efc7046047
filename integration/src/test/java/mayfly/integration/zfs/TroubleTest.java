package mayfly.integration.zfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.OnZfs;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import mayfly.integration.workshop.Zpools;
import org.junit.jupiter.api.Test;

/** Templates on several pools, and what users and administrators meet when something is wrong with one of them. */
@OnZfs
class TroubleTest {
    /** A root of one static program. */
    private static final String FILL = """
            mkdir -p $1/bin $1/etc $1/tmp $1/proc $1/dev $1/sys $1/run
            cp "$(command -v busybox)" $1/bin/busybox
            for name in sh cat dd echo true; do ln -s busybox $1/bin/$name; done
            chmod a+w $1/tmp
            echo ${1##*/} >$1/etc/name
            """;

    private final Zpools pools;
    private final Workshop workshop;

    TroubleTest(Zpools pools) {
        this.pools = pools;
        this.workshop = pools.workshop();
        if (pools.isEmpty()) {
            pools.make("tank", 300);
            pools.make("other", 300);
            pools.makeFrail("frail", 300);
            workshop.configured(template("small", "tank/small") + "quota = \"20m\"\n" + template("far", "other/far")
                    + template("weak", "frail/weak") + template("bare", "tank/bare")
                    + template("absent", "tank/absent"));
            for (String dataset : Set.of("tank/small", "other/far", "frail/weak", "tank/bare")) {
                pools.root("zfs create " + dataset + "; set -- /" + dataset + "\n" + FILL);
            }
            pools.root("zfs snapshot tank/small@1; zfs snapshot other/far@1; zfs snapshot frail/weak@1");
        }
    }

    private static String template(String name, String dataset) {
        return "[template." + name + "]\ndataset = \"" + dataset + "\"\nready = 1\nready-max = 1\nmin-free = \"1m\"\n";
    }

    private Outcome cat(String template) {
        return workshop.mayfly("-z", template, "cat", "/etc/name").run();
    }

    private void works(String template) {
        Eventually.holds(
                "the template " + template + " works", () -> cat(template).status() == 0);
        assertEquals(template, cat(template).succeeds());
    }

    @Test
    void two_templates_on_two_pools_are_used_at_once() {
        works("small");
        works("far");
        String printed = workshop.bash("""
                        for i in 1 2 3 4; do
                            mayfly -z small cat /etc/name &
                            mayfly -z far cat /etc/name &
                        done
                        wait
                        """).run().succeeds();
        assertEquals(4, printed.lines().filter("small"::equals).count(), printed);
        assertEquals(4, printed.lines().filter("far"::equals).count(), printed);
    }

    @Test
    void a_command_cannot_write_more_than_the_quota() {
        works("small");
        // Random: nothing of it can be compressed away.
        Outcome outcome = workshop.mayfly(
                        "-z",
                        "small",
                        "sh",
                        "-c",
                        "dd if=/dev/urandom of=/tmp/big bs=1M count=40; rm /tmp/big; echo on")
                .run();
        assertTrue(outcome.stderr().contains("Disk quota exceeded"), outcome.toString());
        works("small");
    }

    @Test
    void a_template_without_a_snapshot_says_how_to_take_one() {
        cat("bare")
                .fails(125, "cannot clone template bare: tank/bare has no snapshot", "mayfly template snapshot bare");
    }

    @Test
    void a_dataset_that_is_missing_is_named_with_what_makes_it() {
        String absent = " template absent: the dataset tank/absent does not exist";
        String remedy = "mayfly template create absent makes it; zpool import -a if its pool is not imported";
        cat("absent").fails(125, "cannot use" + absent, remedy);
        pools.asRoot("mayfly template snapshot absent").run().fails(125, "cannot use" + absent, remedy);
        pools.asRoot("mayfly -r absent 1").run().fails(125, "cannot use" + absent, remedy);
    }

    @Test
    void a_dataset_that_is_not_mounted_can_be_cloned_but_not_worked_in() {
        pools.root("zfs unmount tank/small");
        pools.asRoot("mayfly template shell small -- true")
                .run()
                .fails(125, "cannot use template small: the dataset tank/small is not mounted", "zfs mount tank/small");
        works("small");
        pools.root("zfs mount tank/small");
        pools.asRoot("mayfly template shell small --no-snapshot -- true").run().exits(0);
    }

    @Test
    void what_somebody_destroyed_by_hand_is_passed_over() {
        works("small");
        Eventually.holds("a clone is ready", () -> pools.asRoot("""
                        ready=$(zfs list -H -o name,mayfly:state -r tank | sed -n 's/\\tready$//p')
                        [ "$ready" ] && zfs destroy $ready
                        """).run().status() == 0);
        // Two: the first may find a parked sandbox.
        assertEquals("small", cat("small").succeeds());
        assertEquals("small", cat("small").succeeds());
    }

    /** Nothing was asked of them: the next call starts others. */
    @Test
    void what_asks_zfs_for_the_service_may_be_killed() {
        works("small");
        Eventually.holds("nothing of it is under way", () -> isAtRest("small"));
        String helper = workshop.host()
                .mayfly()
                .resolveSibling("../lib/mayfly/mayfly-zfs")
                .normalize()
                .toString();
        List<ProcessTable.Entry> helpers = ProcessTable.running(helper);
        assertFalse(helpers.isEmpty());
        for (ProcessTable.Entry entry : helpers) {
            ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly);
            Eventually.holds("it has ended", () -> "ZX".indexOf(ProcessTable.state(entry.pid())) >= 0);
        }
        for (int i = 0; i < 4; i++) {
            assertEquals("small", cat("small").succeeds());
        }
    }

    private boolean isAtRest(String template) {
        Json status = workshop.status();
        return status.number("running") == 0
                && status.number("dirty") == 0
                && status.objects("shapes").stream().allMatch(shape -> shape.number("making") == 0)
                && status.objects("templates").stream()
                        .filter(one -> one.text("name").equals(template))
                        .allMatch(one -> one.number("making") == 0 && one.number("ready") >= 1);
    }

    @Test
    void a_pool_that_is_exported_is_used_again_when_it_is_back() {
        works("far");
        // What is parked in its clones keeps a pool busy.
        assertFalse(exported("other"));
        pools.root("mayfly pool drain far");
        Eventually.holds("the pool can be exported", () -> exported("other"));
        cat("far")
                .fails(
                        125,
                        "cannot use template far: the dataset other/far does not exist",
                        "mayfly template create far makes it; zpool import -a if its pool is not imported");
        works("small");
        pools.root("zpool import -d " + pools.images() + " other");
        works("far");
    }

    private boolean exported(String pool) {
        return workshop.callAs(workshop.serviceAccount(), List.of("zpool", "export", pool))
                        .run()
                        .status()
                == 0;
    }

    @Test
    void a_suspended_pool_keeps_nobody_waiting_and_is_used_again_when_it_goes_on() {
        pools.root("mayfly pool drain weak");
        pools.fail("frail");
        String reason = ": the pool frail is suspended";
        String remedy = "zpool status frail says why; zpool clear resumes it";
        cat("weak").fails(125, "cannot (use|make a clone of) template weak" + reason, remedy);
        pools.asRoot("mayfly template snapshot weak").run().fails(125, "cannot use template weak" + reason, remedy);
        pools.asRoot("mayfly -r weak 1").run().fails(125, "cannot use template weak" + reason, remedy);
        works("small");
        pools.repair("frail");
        works("weak");
    }
}
