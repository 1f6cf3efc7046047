package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Another program that listens, in the foreground. */
public final class Superserver implements AutoCloseable {
    private static final int FIRST_PORT = 20_000;

    /** As Linux has it: net.ipv4.ip_local_port_range. */
    private static final int FIRST_PORT_OF_CONNECTIONS = 32_768;

    private final Process process;
    private final Path log;

    private Superserver(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** A port that nobody has just now, and that no connection of anybody gets as its own. */
    public static int freePort() {
        int port;
        do {
            port = ThreadLocalRandom.current().nextInt(FIRST_PORT, FIRST_PORT_OF_CONNECTIONS);
        } while (!isFree(port));
        return port;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it and waits until it listens at the port. */
    public static Superserver start(Path runtime, Path log, int port, List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(Path.of("/").toFile())
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
        builder.environment().put("MAYFLY_RUNTIME_DIR", runtime.toString());
        try {
            Superserver server = new Superserver(builder.start(), log);
            String listening = String.format(":%04X 00000000:0000 0A", port);
            Eventually.holds(words + " listens at " + port, () -> {
                if (!server.process.isAlive()) {
                    throw new AssertionError(words + " has ended: " + Directories.read(log));
                }
                return Directories.read(Path.of("/proc/net/tcp")).contains(listening)
                        || Directories.read(Path.of("/proc/net/tcp6")).contains(listening);
            });
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String log() {
        return Directories.read(log);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
