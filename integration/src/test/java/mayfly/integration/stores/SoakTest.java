package mayfly.integration.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many commands over several templates from several clients at once. The system property {@code mayfly.soak} says how
 * many; 10,000 are a soak.
 */
@OnStores
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class SoakTest {
    private static final int TEMPLATES = 4;
    private static final int CLIENTS = 8;
    /** No limit but the class's, which {@code junit.jupiter.execution.timeout.mode=disabled} takes away for a slow machine. */
    private static final Duration LIMIT = Duration.ofDays(1);

    private static final int COUNT = Integer.getInteger("mayfly.soak", 400);

    private final Ground ground;
    private final Workshop workshop;

    SoakTest(Ground ground) {
        this.ground = ground;
        this.workshop = ground.workshop();
    }

    /** What there is when nothing is under way. */
    private record Holdings(
            int descriptors,
            long memoryKib,
            int processes,
            int clones,
            long serviceMounts,
            long hostMounts,
            long loops) {}

    private Holdings holdings() {
        PoolView view = PoolView.settled(workshop);
        int clones = ground.clones().size();
        assertEquals(view.clones("t"), clones);
        long service = workshop.service().pid();
        return new Holdings(
                ProcessTable.descriptors(service),
                ProcessTable.number(service, "VmRSS"),
                ProcessTable.about(workshop.directory()).size(),
                clones,
                lines("/proc/" + service + "/mountinfo"),
                lines("/proc/self/mountinfo"),
                loops());
    }

    private static long lines(String file) {
        return Directories.read(Path.of(file)).lines().count();
    }

    private static long loops() {
        return Directories.names(Path.of("/sys/block")).stream()
                .filter(name -> Files.exists(Path.of("/sys/block", name, "loop/backing_file")))
                .count();
    }

    private void run(int count) {
        List<Call.Running> running = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            running.add(workshop.bash("""
                            for ((i = 0; i < %d; i++)); do
                                said=$(mayfly -z t$(((i + %d) %% %d)) sh -c 'cat /etc/name; echo touched >/etc/name')
                                [ "$said" = template ] || echo "wrong: $said"
                            done
                            """.formatted(count / CLIENTS, client, TEMPLATES))
                    .within(LIMIT)
                    .start());
        }
        for (Call.Running client : running) {
            assertEquals("", client.await().succeeds());
        }
    }

    @Test
    void nothing_grows() {
        for (int i = 0; i < TEMPLATES; i++) {
            ground.template("t" + i, "ready = 2", "ready-max = 2");
        }
        for (int i = 0; i < TEMPLATES; i++) {
            ground.snapshot("t" + i, "begin");
        }
        run(Math.max(CLIENTS, COUNT / 4));
        Holdings before = holdings();
        System.out.println("a quarter of " + COUNT + " on " + ground + ": " + before);
        run(COUNT * 3 / 4);
        Holdings after = holdings();
        System.out.println("all of " + COUNT + " on " + ground + ": " + after);

        // Which shapes have grown their stock differs.
        assertTrue(after.clones() - before.clones() <= 2 * TEMPLATES, before + " " + after);
        assertTrue(after.descriptors() - before.descriptors() <= 5 * TEMPLATES, before + " " + after);
        assertEquals(before.serviceMounts(), after.serviceMounts());
        assertEquals(before.hostMounts(), after.hostMounts());
        assertEquals(before.loops(), after.loops());
        assertTrue(after.memoryKib() <= before.memoryKib() * 1.3, before + " " + after);
        assertTrue(after.processes() - before.processes() <= 4 * 2 * TEMPLATES, before + " " + after);
    }
}
