package mayfly.integration.hostile;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/**
 * {@code HostileClient SOCKET MAYFLY DIRECTORY SECONDS SEED}: records what the client MAYFLY and mayfly-listen say to the service
 * at SOCKET, and says it again and again for so long, mutilated. It prints what it has done. DIRECTORY is for its own use.
 */
public final class HostileClient {
    private static final int THREADS = 4;
    private static final String HOOK = "PRE_SPAWN_HOOK";

    private final Bytes service;
    private final String mayfly;
    private final Path directory;
    private final List<Exchange> exchanges = new ArrayList<>();

    private HostileClient(Path service, String mayfly, Path directory) {
        this.service = NativePath.bytes(service);
        this.mayfly = mayfly;
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createDirectories(Path.of(arguments[2]));
        HostileClient client = new HostileClient(Path.of(arguments[0]), arguments[1], directory);
        client.record();
        System.out.println("recorded " + client.exchanges.size() + " exchanges");
        System.out.println(client.attack(Integer.parseInt(arguments[3]), Long.parseLong(arguments[4])));
    }

    private void record() throws IOException, InterruptedException {
        Path bound = Files.writeString(directory.resolve("bound"), "bound\n");
        Path socket = directory.resolve("listen.sock");
        try (Recorder recorder = new Recorder(directory, service)) {
            run(recorder, Map.of(), "true");
            run(recorder, Map.of(), "sleep", "0.1");
            run(recorder, Map.of(), "-x", "-v", "A=B", "-p", "/tmp", "--status-fd", "2", "sh", "-c", "echo $A");
            run(recorder, Map.of(), "-d", bound + ":/mnt/bound:ro", "cat", "/mnt/bound");
            run(recorder, Map.of(HOOK, "ls $ROOTFS"), "true");
            run(recorder, Map.of(), "--as-root", "id");
            run(recorder, Map.of(), "session", "start", "hostile", "--idle", "60");
            run(recorder, Map.of(), "session", "exec", "hostile", "true");
            run(recorder, Map.of(), "--session", "other", "--time", "60", "true");
            run(recorder, Map.of(), "session", "list", "--json");
            run(recorder, Map.of(), "session", "end", "hostile");
            run(recorder, Map.of(), "pool", "status", "--json");
            Process listen = start(Map.of(), "listen", "--unix", socket.toString(), "--", "cat");
            try {
                exchanges.add(recorder.record()); // whether its words are right
                await(socket);
                Process peer = new ProcessBuilder("python3", "-c", """
                                import socket, sys
                                s = socket.socket(socket.AF_UNIX)
                                s.connect(sys.argv[1])
                                s.send(b'x')
                                s.recv(1)
                                """, socket.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.INHERIT)
                        .start();
                exchanges.add(recorder.record());
                ends(peer);
            } finally {
                listen.destroy();
                listen.waitFor();
            }
        }
    }

    private static void await(Path socket) throws InterruptedException {
        for (int i = 0; i < 6000 && !Files.exists(socket); i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private void run(Recorder recorder, Map<String, String> variables, String... words)
            throws IOException, InterruptedException {
        Process client = start(variables, words);
        exchanges.add(recorder.record());
        ends(client);
    }

    private static void ends(Process process) throws IOException, InterruptedException {
        if (process.waitFor() != 0) {
            throw new IOException("a client has ended with " + process.exitValue());
        }
    }

    private Process start(Map<String, String> variables, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(mayfly));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(directory.resolve("clients").toFile());
        builder.environment().putAll(variables);
        builder.environment().put("MAYFLY_RUNTIME_DIR", directory.toString());
        return builder.start();
    }

    private Attacker.Tally attack(int seconds, long seed) throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        List<Callable<Attacker.Tally>> attackers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Attacker attacker = new Attacker(service, exchanges, new Random(seed + i));
            attackers.add(() -> attacker.until(end));
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            Attacker.Tally all = new Attacker.Tally();
            for (Future<Attacker.Tally> one : threads.invokeAll(attackers)) {
                all.add(one.get());
            }
            return all;
        } finally {
            threads.shutdownNow();
        }
    }
}
