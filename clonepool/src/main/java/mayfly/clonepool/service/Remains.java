package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.backend.JailRemains;

/**
 * What is left of a sandbox outside of its clone and does not go with its processes: control groups, a jail's mounts, rules
 * and network, and a network device when its backend was killed before it had moved it inside. All of it has the sandbox's name, which its clone
 * tells, so nothing has to be remembered for a time after a crash. Thread-safe.
 */
final class Remains {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int OUTPUT_BYTES = 4_096;
    private static final Path DEVICES = Path.of("/sys/class/net");

    private final ControlGroups groups;
    private final Optional<JailRemains> jails;
    private final Bytes mount;

    /**
     * @param jails on FreeBSD
     * @param mount the directory below which sandboxes are built
     */
    Remains(ControlGroups groups, Optional<JailRemains> jails, Bytes mount) {
        this.groups = groups;
        this.jails = jails;
        this.mount = mount;
    }

    /** What a clone's sandbox is called: no longer than a network device's name may be. */
    static String name(Clone clone) {
        return "mf" + Long.toString(clone.nanos(), 36);
    }

    /** Removes what is left; fails while some of the sandbox's processes still run. */
    void remove(Clone clone) throws IOException {
        String name = name(clone);
        if (jails.isPresent()) {
            jails.get().remove(name, mount);
            return;
        }
        groups.remove(name);
        Path device = DEVICES.resolve(name);
        if (!Files.exists(device)) {
            return;
        }
        Program.Result result = Program.at(ip()).with("link", "delete", name).run(LIMIT, OUTPUT_BYTES);
        // The kernel removes the device of a sandbox that has ended on its own, some time after.
        if (!result.succeeded() && Files.exists(device)) {
            throw new IOException("its network device " + name + " stays: " + result.failure());
        }
    }

    private static String ip() throws IOException {
        return Stream.of("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip")
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElseThrow(() -> new IOException("ip is not installed (apt-get install iproute2)"));
    }
}
