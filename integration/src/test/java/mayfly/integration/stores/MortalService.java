package mayfly.integration.stores;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import mayfly.clonepool.service.Service;
import mayfly.clonepool.service.ServiceOptions;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;

/** A service that SIGKILL ends when something has happened to clones for so many times. */
final class MortalService {
    private MortalService() {}

    /** Words: runtime directory, data directory, configuration file, library directory, transition, count. */
    public static void main(String[] words) throws Exception {
        Transition last = Transition.valueOf(words[4]);
        AtomicInteger left = new AtomicInteger(Integer.parseInt(words[5]));
        Service.run(
                new ServiceOptions(
                        Path.of(words[0]), Path.of(words[1]), Optional.of(Path.of(words[2])), Path.of(words[3]), true),
                transition -> {
                    if (transition == last && left.decrementAndGet() == 0) {
                        die();
                    }
                });
    }

    private static void die() {
        try {
            Processes.raise(Kernel.SIGKILL);
        } catch (PosixException e) {
            throw new IllegalStateException(e);
        }
    }
}
