package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ListenConfiguration;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/** The listeners of the configuration. For the door's thread. */
final class Listeners implements Reloading.Part {
    /** Of the service's own environment, what the commands may ask for. */
    private static final List<String> PASSED =
            List.of("HOME", "USER", "LOGNAME", "SHELL", "LANG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME");

    private static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final EventLoop loop;
    private final boolean system;
    private final Bytes program;
    private final List<Bytes> environment;
    private final Log log;
    private final List<Listener> all = new ArrayList<>();

    /**
     * @param system whether the service is root's
     * @param program mayfly-listen
     * @param runtime where the service's socket is
     */
    Listeners(EventLoop loop, boolean system, Bytes program, Path runtime, Log log) {
        this.loop = loop;
        this.system = system;
        this.program = program;
        this.environment = environment(runtime);
        this.log = log;
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

    void begin(List<ListenConfiguration> configured) {
        for (ListenConfiguration each : configured) {
            Listener listener = new Listener(loop, each, ListenWords.of(program, each), environment, log);
            // As root a command is root of its sandbox: nobody gets that by leaving a key out.
            boolean nobody = system && each.user().isEmpty();
            Optional<String> never = nobody
                    ? Optional.of("listen." + each.name() + ".user is missing: whose its sandboxes are")
                    : Optional.empty();
            listener.begin(System.nanoTime(), never);
            all.add(listener);
        }
    }

    /** Those that are configured as before go on; the connections of the others do. */
    @Override
    public Reloading.Change prepare(Configuration before, Configuration next) {
        return () -> change(next.listeners());
    }

    private void change(List<ListenConfiguration> next) {
        for (Listener listener : List.copyOf(all)) {
            if (!next.contains(listener.configuration())) {
                all.remove(listener);
                end(listener);
            }
        }
        List<ListenConfiguration> running =
                all.stream().map(Listener::configuration).toList();
        begin(next.stream().filter(each -> !running.contains(each)).toList());
    }

    private void end(Listener listener) {
        try {
            listener.stop();
        } catch (IOException e) {
            log.line("cannot end the listener " + listener.name() + ": " + Failure.reason(e));
        }
    }

    void stop() {
        all.forEach(this::end);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    List<Listener> all() {
        return List.copyOf(all);
    }

    /** The name of the listener that has made this connection. */
    Optional<String> named(Connection connection) {
        for (Listener listener : all) {
            if (listener.isPeer(connection)) {
                return Optional.of(listener.name());
            }
        }
        return Optional.empty();
    }

    long left(long now) {
        return all.stream().mapToLong(listener -> listener.left(now)).min().orElse(Long.MAX_VALUE);
    }

    void tick(long now) {
        all.forEach(listener -> listener.tick(now));
    }
}
