package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.config.ListenConfiguration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/** The listeners of the configuration. For the door's thread. */
final class Listeners {
    /** Of the service's own environment, what the commands may ask for. */
    private static final List<String> PASSED =
            List.of("HOME", "USER", "LOGNAME", "SHELL", "LANG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME");

    private static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final boolean system;
    private final List<Listener> all = new ArrayList<>();

    /**
     * @param system whether the service is root's
     * @param program mayfly-listen
     * @param runtime where the service's socket is
     */
    Listeners(
            EventLoop loop,
            boolean system,
            Bytes program,
            Path runtime,
            List<ListenConfiguration> configured,
            Log log) {
        this.system = system;
        List<Bytes> environment = environment(runtime);
        for (ListenConfiguration each : configured) {
            all.add(new Listener(loop, each, ListenWords.of(program, each), environment, log));
        }
    }

    private static List<Bytes> environment(Path runtime) {
        List<Bytes> environment = new ArrayList<>();
        environment.add(Bytes.utf8(PATH));
        environment.add(Bytes.utf8("MAYFLY_RUNTIME_DIR=").plus(NativePath.bytes(runtime)));
        for (String name : PASSED) {
            String value = System.getenv(name);
            if (value != null) {
                environment.add(Bytes.utf8(name + "=" + value));
            }
        }
        return environment;
    }

    void begin() {
        long now = System.nanoTime();
        for (Listener listener : all) {
            // As root a command is root of its sandbox: nobody gets that by leaving a key out.
            boolean nobody = system && listener.configuration().user().isEmpty();
            listener.begin(
                    now,
                    nobody
                            ? Optional.of("listen." + listener.name() + ".user is missing: whose its sandboxes are")
                            : Optional.empty());
        }
    }

    void stop() throws IOException {
        for (Listener listener : all) {
            listener.stop();
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    List<Listener> all() {
        return List.copyOf(all);
    }

    long left(long now) {
        return all.stream().mapToLong(listener -> listener.left(now)).min().orElse(Long.MAX_VALUE);
    }

    void tick(long now) {
        all.forEach(listener -> listener.tick(now));
    }
}
