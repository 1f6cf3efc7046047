package mayfly.sandbox.backend;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Caller;

/**
 * What of the machine's /proc and /sys a command does not see, whichever backend builds its sandbox: what is there of it
 * on this host, in the order in which it is to be covered.
 *
 * @param directories to be covered by empty ones
 * @param files to be covered by {@link #NOTHING}
 */
record Concealment(List<String> directories, List<String> files) {
    /** What a hidden file is replaced with. */
    static final String NOTHING = "/dev/null";

    /** What in /proc and /sys concerns the whole machine or tells its secrets. */
    private static final List<String> MASKED = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/scsi",
            "/proc/spl",
            "/sys/kernel/config",
            "/sys/kernel/debug",
            "/sys/kernel/tracing",
            "/sys/fs/bpf",
            "/sys/fs/pstore",
            "/sys/kernel/security",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");

    private static final String PROCESSORS = "/sys/devices/system/cpu";

    /** What tells of a processor how warm the work of others has made it. */
    private static final String WARMTH = "thermal_throttle";

    /** What in /proc the machine's uid 0, which root inside is, may change without any capability. */
    private static final List<String> MASKED_FROM_ROOT = List.of("/proc/dynamic_debug", "/proc/fs");

    /** Files of /proc that tell what others on the machine do. */
    private static final List<String> HIDDEN =
            List.of("/proc/interrupts", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug");

    /** Files of /proc that tell more than that, and are for the machine's uid 0 to read. */
    private static final List<String> HIDDEN_FROM_ROOT = List.of(
            "/proc/allocinfo",
            "/proc/kcore",
            "/proc/kpagecgroup",
            "/proc/kpagecount",
            "/proc/kpageflags",
            "/proc/pagetypeinfo",
            "/proc/slabinfo",
            "/proc/timer_list",
            "/proc/vmallocinfo");

    Concealment {
        directories = List.copyOf(directories);
        files = List.copyOf(files);
    }

    /** What is kept from {@code caller}'s commands: the machine's root has more kept from him, since he may do more. */
    static Concealment from(Caller caller, Host host) {
        List<String> directories = new ArrayList<>(MASKED);
        for (String processor : host.entries(PROCESSORS)) {
            directories.add(PROCESSORS + "/" + processor + "/" + WARMTH);
        }
        List<String> files = new ArrayList<>(HIDDEN);
        if (caller.isRoot()) {
            directories.addAll(MASKED_FROM_ROOT);
            files.addAll(HIDDEN_FROM_ROOT);
        }
        return new Concealment(
                directories.stream().filter(host::hasDirectory).toList(),
                files.stream().filter(host::has).toList());
    }
}
