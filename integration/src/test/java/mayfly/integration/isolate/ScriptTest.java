package mayfly.integration.isolate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One script of invocations as the manual of isolate has them, run unchanged. */
@InWorkshop
class ScriptTest {
    /** What an invocation needs besides a template. */
    private enum Need {
        NOTHING,
        NO_FILTER,
        LXC,
        CHROOT,
        IDS,
        DISPLAY,
        HOOKS
    }

    /**
     * @param prints on both outputs, a regular expression
     * @param refused what it prints where its need is not met
     */
    private record Invocation(Need need, String line, int status, String prints, String refused) {
        static Invocation of(String line, String prints) {
            return new Invocation(Need.NOTHING, line, 0, prints, "");
        }

        static Invocation of(Need need, String line, String prints) {
            return new Invocation(need, line, 0, prints, "mayfly: cannot .*");
        }
    }

    private static final List<Invocation> SCRIPT = List.of(
            Invocation.of("isolate cat /etc/name", "template"),
            Invocation.of("isolate -e bwrap -z debisl sh -c 'echo inside >/tmp/name; cat /tmp/name'", "inside"),
            new Invocation(Need.NOTHING, "isolate -z debisl cat /tmp/name", 1, "cat: .*No such file.*", ""),
            Invocation.of("isolate -t ./tree sh -c 'echo kept >/etc/kept'", ""),
            Invocation.of("isolate -t \"$PWD/tree\" cat /etc/kept", "kept"),
            Invocation.of("isolate -z debisl -p /tmp pwd", "/tmp"),
            Invocation.of("isolate -z debisl -d \"$PWD/shared:/mnt\" cat /mnt/file", "shared"),
            Invocation.of(
                    "isolate -d \"$PWD/shared:/mnt\" -d \"$PWD/tree/etc:/opt/deep\" -z debisl cat /mnt/file /opt/deep/name",
                    "shared\ntemplate"),
            Invocation.of("isolate -z debisl -v WORD:hello -v TIME:12:30 sh -c 'echo $WORD $TIME'", "hello 12:30"),
            Invocation.of(
                    "test \"$(isolate -n -z debisl readlink /proc/self/ns/net)\" = \"$(readlink /proc/self/ns/net)\"",
                    ""),
            Invocation.of("isolate -i -z debisl echo goes on", "goes on"),
            new Invocation(Need.NOTHING, "isolate -q -z debisl sh -c 'exit 7'", 7, "", ""),
            Invocation.of("isolate -x -z debisl true 2>trace; test -s trace", ""),
            Invocation.of("isolate -nqzdebisl -p/tmp -- pwd", "/tmp"),
            Invocation.of("echo piped | isolate -z debisl cat", "piped"),
            Invocation.of("isolate -r debisl 2", "debisl: \\d+ ready.*"),
            Invocation.of("isolate -r debisl -f 1", "debisl: \\d+ ready.*"),
            Invocation.of("isolate -q -r debisl -s", ""),
            Invocation.of(
                    Need.NO_FILTER,
                    "DISABLE_SECCOMP_WRAPPER=1 isolate -z debisl sh -c 'while read key value; do [ $key != Seccomp: ] || echo $value; done </proc/self/status'",
                    "0"),
            Invocation.of(Need.LXC, "isolate -e lxc -z debisl -p /tmp pwd", "/tmp"),
            Invocation.of(
                    Need.LXC,
                    "LXC_CPU_QUOTA=50 LXC_MEM_MB_QUOTA=256 isolate -e lxc -z debisl cat /etc/name",
                    "template"),
            Invocation.of(Need.CHROOT, "isolate -e chroot -t ./tree cat /etc/name", "template"),
            Invocation.of(Need.IDS, "isolate -u 400000000 -g 400000000 -z debisl id -u", "0"),
            Invocation.of(Need.DISPLAY, "isolate -1 -2 -z debisl true", ""),
            new Invocation(
                    Need.HOOKS,
                    "PRE_SPAWN_HOOK='echo hook >\"$ROOTFS/tmp/name\"' POST_SPAWN_HOOK='echo after' isolate -z debisl sh -c '[ ! -e /tmp/name ] || cat /tmp/name'",
                    0,
                    "hook\nafter",
                    ""));

    private static final Pattern END = Pattern.compile("\\[(\\d+)]\n");

    private final Workshop workshop;

    ScriptTest(Workshop workshop) {
        this.workshop = workshop;
        Debisl.in(workshop);
    }

    @BeforeEach
    void make() {
        Debisl.copyTo(workshop, "tree");
        workshop.bash("mkdir shared; echo shared >shared/file").run().succeeds();
    }

    /** What is not refused to whoever runs the script. */
    private boolean isMet(Need need) {
        return switch (need) {
            case NOTHING -> true;
            case NO_FILTER -> workshop.identity() != Identity.MEMBER;
            case LXC -> workshop.identity().hasSystemService();
            // A template's users have neither a range of ids nor its maintenance here, and nobody has a display.
            case CHROOT, IDS -> workshop.identity().isRoot();
            case DISPLAY -> false;
            case HOOKS -> true;
        };
    }

    @Test
    void a_script_in_isolates_own_syntax_runs_unchanged() {
        assertTrue(SCRIPT.size() >= 20);
        StringBuilder script = new StringBuilder("#!/bin/sh\nexec 2>&1\n");
        SCRIPT.forEach(invocation -> script.append(invocation.line()).append("\necho \"[$?]\"\n"));
        Outcome outcome = workshop.call(
                        List.of(workshop.script("script", script.toString()).toString()))
                .withPipes() // a file of its own would be protected by a filter
                .run()
                .exits(0);
        String[] printed = END.split(outcome.stdout(), -1);
        List<Integer> statuses = END.matcher(outcome.stdout())
                .results()
                .map(end -> Integer.parseInt(end.group(1)))
                .toList();
        assertEquals(SCRIPT.size(), statuses.size(), outcome.toString());

        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < SCRIPT.size(); i++) {
            Invocation invocation = SCRIPT.get(i);
            boolean met = isMet(invocation.need());
            String expected = met ? invocation.prints() : invocation.refused();
            int status = met || !expected.startsWith("mayfly:") ? invocation.status() : 125;
            boolean prints = Pattern.compile(expected, Pattern.DOTALL)
                    .matcher(printed[i].strip())
                    .matches();
            if (!prints || statuses.get(i) != status) {
                wrong.add(invocation.line() + "\n  exits with " + statuses.get(i) + " and prints " + printed[i].strip()
                        + "\n  expected: " + status + " and " + expected);
            }
        }
        assertEquals(List.of(), wrong);
    }
}
