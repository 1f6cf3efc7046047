package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mayfly.sandbox.Caller;
import org.junit.jupiter.api.Test;

final class ConcealmentTest {
    private static final Caller ROOT = new Caller(0, 0, List.of(0L));
    private static final Caller USER = new Caller(1001, 1002, List.of(1002L));

    /** A host of three processors, one of which says nothing of its warmth. */
    private static final class ThreeProcessors extends Host {
        private final List<String> files =
                List.of("/proc/keys", "/proc/interrupts", "/proc/slabinfo", "/proc/kcore", "/proc/uptime");
        private final List<String> directories = List.of(
                "/sys/firmware",
                "/sys/class",
                "/proc/acpi",
                "/proc/fs",
                "/proc/spl",
                "/sys/devices/system/cpu/cpu0/thermal_throttle",
                "/sys/devices/system/cpu/cpu10/thermal_throttle");

        @Override
        boolean has(String path) {
            return files.contains(path);
        }

        @Override
        boolean hasDirectory(String path) {
            return directories.contains(path);
        }

        @Override
        List<String> entries(String directory) {
            return directory.equals("/sys/devices/system/cpu")
                    ? List.of("cpu0", "cpu1", "cpu10", "cpufreq", "online")
                    : List.of();
        }
    }

    @Test
    void what_tells_of_others_is_kept_from_everybody() {
        Concealment concealment = Concealment.from(USER, new ThreeProcessors());
        assertEquals(
                List.of(
                        "/proc/acpi",
                        "/proc/spl",
                        "/sys/firmware",
                        "/sys/devices/system/cpu/cpu0/thermal_throttle",
                        "/sys/devices/system/cpu/cpu10/thermal_throttle"),
                concealment.directories());
        assertEquals(List.of("/proc/interrupts", "/proc/keys"), concealment.files());
    }

    @Test
    void what_is_for_the_machines_root_is_kept_from_root_too() {
        Concealment concealment = Concealment.from(ROOT, new ThreeProcessors());
        assertTrue(concealment
                .directories()
                .containsAll(Concealment.from(USER, new ThreeProcessors()).directories()));
        assertTrue(concealment.directories().contains("/proc/fs"));
        assertEquals(List.of("/proc/interrupts", "/proc/keys", "/proc/kcore", "/proc/slabinfo"), concealment.files());
    }

    @Test
    void what_a_host_does_not_have_is_not_covered() {
        Host bare = new Host() {
            @Override
            boolean has(String path) {
                return false;
            }

            @Override
            boolean hasDirectory(String path) {
                return false;
            }
        };
        assertEquals(new Concealment(List.of(), List.of()), Concealment.from(ROOT, bare));
    }

    @Test
    void names_are_those_of_the_host() {
        assertTrue(new Host().entries("/sys/devices/system/cpu").contains("online"));
        assertFalse(new Host().entries("/proc/self").isEmpty());
        assertEquals(List.of(), new Host().entries("/nowhere"));
    }
}
