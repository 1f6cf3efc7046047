package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import mayfly.sandbox.backend.HostPrograms;
import org.junit.jupiter.api.Test;

class FreeBsdExaminationTest {
    private static final String RELEASE = "/usr/bin/uname -r";
    private static final String RULES = "/sbin/devfs rule showsets";
    private static final String ZFS = "/sbin/kldstat -q -m zfs";
    private static final String COUNTED = "/sbin/sysctl -n kern.racct.enable";
    private static final String NETWORKS = "/sbin/sysctl -n kern.features.vimage";
    private static final String POOLS = "/sbin/zfs get -H -d 0 -t filesystem -o name,value org.freebsd.ioc:active";
    private static final String RELEASES = "/sbin/zfs list -H -d 2 -t filesystem -o name tank/iocage/releases";

    private final Map<String, String> answers = new HashMap<>(Map.of(
            RELEASE, "15.1-RELEASE-p1\n",
            RULES, "1\n2\n3\n4\n5\n",
            ZFS, "",
            COUNTED, "1\n",
            NETWORKS, "1\n",
            POOLS, "tank\tyes\n",
            RELEASES, "tank/iocage/releases/14.2-RELEASE/root\n"));

    private List<String> found(boolean root) {
        HostPrograms programs = words -> {
            String answer = answers.get(String.join(" ", words));
            return new HostPrograms.Outcome(answer == null ? "" : answer, answer == null ? "it failed" : "");
        };
        return new FreeBsdExamination(programs, root)
                .findings("").stream()
                        .map(finding -> finding.state().word() + " " + finding.subject() + ": " + finding.detail())
                        .toList();
    }

    @Test
    void a_machine_with_everything_is_told_so() {
        assertEquals(
                List.of(
                        "ok kernel: it has what jails need",
                        "ok devices: the rules for jails are loaded",
                        "ok zfs: it is loaded",
                        "ok limits: rctl can limit jails",
                        "ok networks: a jail can have a network of its own",
                        "ok backend jail: can be used by root's service",
                        "ok release: can be a template: dataset = \"tank/iocage/releases/14.2-RELEASE/root\""),
                found(true));
    }

    @Test
    void what_no_jail_can_do_without_is_missing_and_the_rest_noted() {
        answers.clear();
        answers.put(RULES, "1\n2\n3\n");
        answers.put(RELEASE, "13.0-RELEASE\n");
        answers.put(COUNTED, "0\n");
        List<String> found = found(false);
        assertEquals("missing kernel: this is FreeBSD 13.0-RELEASE", found.get(0));
        assertTrue(found.get(1).startsWith("missing devices: ruleset 4 is not loaded"), found.get(1));
        assertEquals("missing zfs: ZFS is not loaded", found.get(2));
        assertTrue(found.get(3).startsWith("note limits: "), found.get(3));
        assertTrue(found.get(4).startsWith("note networks: "), found.get(4));
        assertTrue(found.get(5).startsWith("note backend jail: "), found.get(5));
        assertEquals("note release: not looked for: zfs get: it failed", found.get(6));
    }

    @Test
    void versions_are_compared_as_numbers() {
        for (Map.Entry<String, String> release : Map.of(
                        "13.1-RELEASE",
                        "ok",
                        "13.2-RELEASE-p11",
                        "ok",
                        "14.0-CURRENT",
                        "ok",
                        "9.3-RELEASE",
                        "missing",
                        "13.0-STABLE",
                        "missing",
                        "",
                        "missing",
                        "nonsense",
                        "missing")
                .entrySet()) {
            answers.put(RELEASE, release.getKey());
            assertTrue(found(true).get(0).startsWith(release.getValue() + " kernel"), release.getKey());
        }
    }

    @Test
    void a_program_that_is_not_there_is_told() {
        HostPrograms none = words -> {
            throw new IOException("no such program");
        };
        List<Finding> findings = new FreeBsdExamination(none, true).findings("");
        assertEquals(Finding.State.MISSING, findings.get(0).state());
        assertEquals("cannot be looked at: no such program", findings.get(0).detail());
    }
}
