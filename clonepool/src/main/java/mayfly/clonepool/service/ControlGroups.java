package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Quota;

/**
 * Control groups, cgroups(7): one for a sandbox that has a quota, of version 2 or in each hierarchy of version 1 that its
 * quota needs. They are directly below the top: what is limited there no other group shares. Thread-safe.
 */
final class ControlGroups {
    private static final String PREFIX = "mayfly-";
    private static final int PERIOD_US = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final String CPU = "cpu";
    private static final String MEMORY = "memory";

    private final Path top;

    /** @param top where control groups are mounted: {@code /sys/fs/cgroup} */
    ControlGroups(Path top) {
        this.top = top;
    }

    /** Makes a sandbox's groups, and gives their directories. They limit nothing yet: its start is the service's work. */
    List<Bytes> make(String name, Quota quota) throws RefusedException {
        List<Bytes> made = new ArrayList<>();
        for (Path parent : parents(quota)) {
            Path group = parent.resolve(PREFIX + name);
            try {
                Files.createDirectory(group);
            } catch (IOException e) {
                throw new RefusedException("cannot make the control group " + group + ": " + Failure.reason(e));
            }
            made.add(NativePath.bytes(group));
        }
        return made;
    }

    private boolean isUnified() {
        return Files.exists(top.resolve("cgroup.controllers"));
    }

    private List<Path> parents(Quota quota) throws RefusedException {
        List<Path> parents = new ArrayList<>();
        if (quota.cpuPercent().isPresent()) {
            parents.add(parent(CPU, "LXC_CPU_QUOTA=0 leaves the limit out"));
        }
        if (quota.memoryBytes().isPresent()) {
            parents.add(parent(MEMORY, "unset LXC_MEM_MB_QUOTA"));
        }
        return parents.stream().distinct().toList();
    }

    private Path parent(String controller, String remedy) throws RefusedException {
        try {
            if (!isUnified() && Files.isDirectory(top.resolve(controller))) {
                return top.resolve(controller);
            }
            if (isUnified() && words("cgroup.controllers").contains(controller)) {
                if (!words("cgroup.subtree_control").contains(controller)) {
                    Files.writeString(top.resolve("cgroup.subtree_control"), "+" + controller);
                }
                return top;
            }
        } catch (IOException e) {
            throw new RefusedException(
                    "cannot use the control group controller " + controller + ": " + Failure.reason(e), remedy);
        }
        throw new RefusedException(
                "cannot limit a sandbox: " + top + " has no control group controller " + controller, remedy);
    }

    private List<String> words(String file) throws IOException {
        return List.of(Files.readString(top.resolve(file)).strip().split("\\s+"));
    }

    /** Limits those who are in the groups from now on. */
    void limit(String name, Quota quota) throws RefusedException {
        try {
            if (quota.cpuPercent().isPresent()) {
                limitCpu(name, (long) quota.cpuPercent().getAsInt() * PERIOD_US / 100);
            }
            if (quota.memoryBytes().isPresent()) {
                limitMemory(name, Long.toString(quota.memoryBytes().getAsLong()));
            }
        } catch (IOException e) {
            throw new RefusedException("cannot limit a sandbox: " + Failure.reason(e));
        }
    }

    private void limitCpu(String name, long quotaUs) throws IOException {
        if (isUnified()) {
            write(top, name, "cpu.max", quotaUs + " " + PERIOD_US);
        } else {
            write(top.resolve(CPU), name, "cpu.cfs_period_us", Integer.toString(PERIOD_US));
            write(top.resolve(CPU), name, "cpu.cfs_quota_us", Long.toString(quotaUs));
        }
    }

    /** What is swapped out counts too, where the kernel can count it. */
    private void limitMemory(String name, String bytes) throws IOException {
        if (isUnified()) {
            write(top, name, "memory.max", bytes);
            writeIfThere(top, name, "memory.swap.max", "0");
        } else {
            write(top.resolve(MEMORY), name, "memory.limit_in_bytes", bytes);
            writeIfThere(top.resolve(MEMORY), name, "memory.memsw.limit_in_bytes", bytes);
        }
    }

    private static void write(Path parent, String name, String file, String text) throws IOException {
        Files.writeString(parent.resolve(PREFIX + name).resolve(file), text);
    }

    private static void writeIfThere(Path parent, String name, String file, String text) throws IOException {
        if (Files.exists(parent.resolve(PREFIX + name).resolve(file))) {
            write(parent, name, file, text);
        }
    }

    /**
     * Removes a sandbox's groups, if it has some. Processes of a sandbox whose outermost one was killed leave them a
     * moment later: they are waited for, but not for long.
     */
    void remove(String name) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (Path parent : isUnified() ? List.of(top) : List.of(top.resolve(CPU), top.resolve(MEMORY))) {
            remove(parent.resolve(PREFIX + name), end);
        }
    }

    private static void remove(Path group, long end) throws IOException {
        while (true) {
            try {
                Files.deleteIfExists(group);
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }
}
