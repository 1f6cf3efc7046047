package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.clonepool.store.Transition;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The service is killed at each transition of a clone, and clients and sandboxes at random. The system property
 * {@code mayfly.crashes} says how many times in all, on each store.
 */
@OnStores
@Timeout(value = 90, unit = TimeUnit.MINUTES)
class CrashTest {
    private static final int KILLS = Integer.getInteger("mayfly.crashes", 50);
    private static final long SEED = Long.getLong("mayfly.seed", 1);
    private static final int SLEEPERS = 4;
    private static final int WORKERS = 3;
    private static final Pattern CLONE = Pattern.compile("\"clone\":\"([^\"]+)\"");

    private final Ground ground;
    private final Workshop workshop;
    private final Random random = new Random(SEED);
    private final Set<String> given = new HashSet<>();
    private int kills;

    CrashTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
    }

    @Test
    @Against(Attack.VIOLENT_ENDS)
    void no_clone_is_lost_leaked_or_given_out_twice() throws IOException {
        ground.template("t", "ready = 2", "ready-max = 4");
        ground.snapshot("t", "begin");
        workshop.service().stop();
        Path client = clientWithoutService();
        Transition[] transitions = Transition.values();
        for (int round = 0; kills < KILLS; round++) {
            round(client, transitions[round % transitions.length]);
            if (round % transitions.length == transitions.length - 1) {
                everyCloneIsReadyLeasedOrGone();
            }
        }
        everyCloneIsReadyLeasedOrGone();
        workshop.startAgain();
        System.out.println(kills + " kills on " + ground + ", " + given.size() + " clones were given out");
    }

    /** One that cannot start a service of its own when it finds none. */
    private Path clientWithoutService() throws IOException {
        Path directory = Files.createDirectory(workshop.work().resolve("alone"));
        return Files.copy(
                workshop.host().mayfly(),
                directory.resolve("mayfly"),
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }

    private void round(Path client, Transition last) {
        Process service = startMortal(last, 1 + random.nextInt(12));
        List<Call.Running> sleepers = new ArrayList<>();
        List<Call.Running> workers = new ArrayList<>();
        for (int i = 0; i < SLEEPERS; i++) {
            sleepers.add(call(client, "exec", "echo started; while :; do sleep 0.1; done"));
        }
        for (int i = 0; i < WORKERS; i++) {
            workers.add(call(client, "for i in 1 2 3 4; do", "sync"));
        }
        Eventually.holds(
                "something is given out, or the service has died",
                () -> !service.isAlive()
                        || sleepers.stream()
                                .allMatch(sleeper -> sleeper.output().contains("started") || !sleeper.isAlive()));
        killSome(sleepers);
        workers.forEach(worker -> check(worker.await().stdout()));
        service.destroyForcibly();
        kills++;
        await(service);
        sleepers.forEach(Call.Running::kill);
        sleepers.forEach(sleeper -> check(sleeper.await().stdout()));
    }

    /**
     * Runs a command in one sandbox or in several. Each looks for what another run left, and leaves something.
     *
     * @param how {@code exec}, or the beginning of a loop
     */
    private Call.Running call(Path client, String how, String then) {
        String look = "[ ! -e /mark ] || echo SEEN; cat /etc/name; echo x >/mark; echo changed >/etc/name; ";
        String script = how + " \"$0\" -z t --status-fd 1 sh -c \"$1\"" + (how.endsWith("do") ? "; done; true" : "");
        return workshop.call(List.of("bash", "-c", script, client.toString(), look + then))
                .start();
    }

    private void killSome(List<Call.Running> sleepers) {
        Call.Running victim = sleepers.get(random.nextInt(sleepers.size()));
        if (victim.isAlive()) {
            victim.kill();
            kills++;
        }
        List<ProcessTable.Entry> sandboxes = ProcessTable.about(workshop.directory()).stream()
                .filter(entry -> entry.words().stream().anyMatch(word -> word.endsWith("/bwrap")))
                .toList();
        for (int i = 0; i < 2 && !sandboxes.isEmpty(); i++) {
            ProcessTable.Entry sandbox = sandboxes.get(random.nextInt(sandboxes.size()));
            if (ProcessHandle.of(sandbox.pid())
                    .map(ProcessHandle::destroyForcibly)
                    .orElse(false)) {
                kills++;
            }
        }
    }

    /** What one client said. */
    private void check(String said) {
        assertTrue(!said.contains("SEEN") && !said.contains("changed"), said);
        Matcher matcher = CLONE.matcher(said);
        while (matcher.find()) {
            assertTrue(given.add(matcher.group(1)), matcher.group(1) + " was given out twice");
        }
    }

    private Process startMortal(Transition last, int count) {
        Path library = workshop.host().mayfly().resolveSibling("../lib/mayfly").normalize();
        ProcessBuilder builder = new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MortalService.class.getName(),
                workshop.runtime().toString(),
                workshop.data().toString(),
                workshop.directory().resolve("service/mayfly.toml").toString(),
                library.toString(),
                last.name(),
                String.valueOf(count));
        try {
            Process service = builder.redirectError(
                            workshop.directory().resolve("mortal.err").toFile())
                    .start();
            // It may die before it listens, and then says nothing.
            service.getInputStream().readAllBytes();
            return service;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(Process service) {
        try {
            assertTrue(service.waitFor(30, TimeUnit.SECONDS), "the service does not die");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void everyCloneIsReadyLeasedOrGone() {
        workshop.startAgain();
        PoolView view = PoolView.settled(workshop);
        assertEquals(view.clones("t"), ground.clones().size(), () -> view + "\n" + ground.clones());
        Call.Running live = workshop.mayfly("-z", "t", "sh", "-c", "cat /etc/name; while :; do sleep 0.1; done")
                .start()
                .prints("template");
        live.signal("TERM").await();
        workshop.service().stop();
    }
}
