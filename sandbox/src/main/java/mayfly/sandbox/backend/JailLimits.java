package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import mayfly.sandbox.backend.HostStep.UnfitException;

/**
 * What a jail may use of the machine, by rctl(8). Rules are about the jail's name, so they hold from its first process on;
 * and they outlive it.
 *
 * @param cpuPercent of one processor's time
 * @param memoryMebibytes what is in memory for it
 */
record JailLimits(OptionalInt cpuPercent, OptionalInt memoryMebibytes) {
    /** With any limit comes this one: processes cost memory that is counted for nobody. */
    static final int PROCESSES = 2048;

    private static final String RCTL = "/usr/bin/rctl";

    List<HostStep> steps(String jail) {
        if (cpuPercent.isEmpty() && memoryMebibytes.isEmpty()) {
            return List.of();
        }
        List<HostStep> steps = new ArrayList<>();
        steps.add(HostStep.look(
                "limit the jail", List.of("/sbin/sysctl", "-n", "kern.racct.enable"), JailLimits::checkIsCounted));
        steps.add(rule(jail, "maxproc:deny=" + PROCESSES));
        // Memory is taken in no call that could be refused: memoryuse:deny would stop nothing.
        memoryMebibytes.ifPresent(most -> steps.add(rule(jail, "memoryuse:sigkill=" + ((long) most << 20))));
        cpuPercent.ifPresent(most -> steps.add(rule(jail, "pcpu:deny=" + most)));
        return steps;
    }

    private static HostStep rule(String jail, String rule) {
        return HostStep.of("limit the jail", List.of(RCTL, "-a", "jail:" + jail + ":" + rule), removing(jail));
    }

    /** All rules of the jail. */
    static List<String> removing(String jail) {
        return List.of(RCTL, "-r", "jail:" + jail);
    }

    /** What rules there are: one in each line. */
    static List<String> listing(String jail) {
        return List.of(RCTL, "jail:" + jail);
    }

    private static void checkIsCounted(String output) throws UnfitException {
        if (!output.strip().equals("1")) {
            throw new UnfitException(
                    "the kernel does not count (kern.racct.enable=1 in /boot/loader.conf, and a restart)");
        }
    }
}
