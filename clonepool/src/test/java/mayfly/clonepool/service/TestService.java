package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Caller;
import mayfly.sandbox.posix.Accounts;

/**
 * A service of its own user, with a script in place of mayfly-enter: it says that it is parked and ends with its
 * socket, so that neither root nor namespaces are needed.
 */
final class TestService implements AutoCloseable {
    private static final String PARK = """
            #!/bin/sh
            here=${0%/*}
            [ -e "$here/fail" ] && { cat "$here/fail" >&2; exit 125; }
            [ -e "$here/leave" ] && { sleep 1000 3>&- & echo $! >"$here/left"; exec sleep 1000 3>&-; }
            [ -p "$here/gate" ] && read word < "$here/gate"
            [ -e "$here/orphan" ] && { { while [ -e /proc/$$ ] && ! grep -q ^State:.Z /proc/$$/status; do :; done; printf '\\012\\000\\000\\000\\020\\001\\004\\000\\000\\000\\001\\000\\000\\000' >&3; cat 5<&0 <&3; } >/dev/null 2>&1 & exit; }
            printf '\\012\\000\\000\\000\\020\\001\\004\\000\\000\\000\\001\\000\\000\\000' >&3
            [ -e "$here/stubborn" ] && exec sleep 1000 3>&-
            exec cat 5<&0 <&3 >/dev/null
            """;

    private final ServiceOptions options;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<Throwable> failures = new ArrayList<>();

    /** Prepares a service that lives in the directory. */
    TestService(Path directory) throws IOException {
        Path lib = directory.resolve("lib");
        if (!Files.exists(lib)) {
            Files.createDirectory(lib);
            executable(lib.resolve("mayfly-enter"), PARK);
            executable(lib.resolve("mayfly-init"), "#!/bin/sh\n");
        }
        options = new ServiceOptions(directory.resolve("run"), directory.resolve("data"), Optional.empty(), lib, false);
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    TestService start(Configuration configuration) throws Exception {
        return start(configuration, Transition.Listener.none());
    }

    TestService start(Configuration configuration, Transition.Listener listener) throws Exception {
        return start(configuration, Service.Givens.none(), listener);
    }

    TestService start(Configuration configuration, Service.Givens givens, Transition.Listener listener)
            throws Exception {
        Caller owner = new Caller(Accounts.effectiveUid(), Accounts.gid(), List.of());
        Thread thread = new Thread(
                () -> {
                    try {
                        Service.run(options, configuration, Optional.of(owner), givens, listener);
                    } catch (Exception | Error e) {
                        failures.add(e);
                    } finally {
                        ended.countDown();
                    }
                },
                "service");
        thread.setDaemon(true);
        thread.start();
        await(() -> Files.exists(options.runtimeDir().resolve("mayfly.sock")) || ended.getCount() == 0);
        return this;
    }

    TestClient client() throws IOException {
        return new TestClient(options.runtimeDir());
    }

    Path runtimeDir() {
        return options.runtimeDir();
    }

    Path lib() {
        return options.libDir();
    }

    /** The names in the directory of clones. */
    List<String> clones() throws IOException {
        return names(options.runtimeDir().resolve("clones"));
    }

    static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return names;
    }

    String status() throws IOException {
        try (TestClient client = client()) {
            return client.says(new Frame.Ask("{\"ask\":\"status\"}")).isAnswered();
        }
    }

    /** Waits until it is so. */
    static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("it did not come to be so");
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    /** Why the service could not begin, or what ended it. */
    List<Throwable> awaitEnd() throws InterruptedException {
        if (!ended.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("the service did not end");
        }
        return failures;
    }

    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** Asks it to end, and waits for that. */
    @Override
    public void close() throws IOException, InterruptedException {
        if (!hasEnded()) {
            try (TestClient client = client()) {
                client.says(new Frame.Ask("{\"ask\":\"stop\"}")).isAnswered();
            }
            awaitEnd();
        }
    }
}
