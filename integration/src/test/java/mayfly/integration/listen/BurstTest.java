package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Far more connections than there may be: 1,000, or what {@code -Dmayfly.burst=} says (5,000 were tried). */
@InWorkshop(as = Identity.USER, with = Client.C)
@Timeout(value = 900, unit = TimeUnit.SECONDS)
class BurstTest {
    private static final int BURST = Integer.getInteger("mayfly.burst", 1_000);
    private static final int THREADS = 250;

    private final Workshop workshop;

    BurstTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void far_too_many_at_once_are_served_or_refused_and_nothing_is_left() throws Exception {
        try (Listening listening = Listening.tcp(workshop, "--max", "50", "-q", "--", "echo", "hello")) {
            try (Peer before = listening.connect()) {
                assertEquals("hello\n", before.hears());
            }
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            List<Future<String>> all = new ArrayList<>();
            int port = listening.port();
            for (int i = 0; i < BURST; i++) {
                all.add(threads.submit(() -> {
                    try (Peer peer = Peer.to(port)) {
                        return peer.hears();
                    }
                }));
            }
            int served = 0;
            for (Future<String> each : all) {
                String heard = each.get();
                assertTrue(heard.equals("hello\n") || heard.isEmpty(), heard);
                served += heard.isEmpty() ? 0 : 1;
            }
            threads.shutdown();
            assertEquals(BURST, served + listening.lines(": refused: ") + listening.linesLeftOut());
            assertTrue(served > BURST / 2, String.valueOf(served));
            Eventually.holds(
                    "no descriptor of a connection is left", () -> ProcessTable.descriptors(listening.pid()) < 12);
        }
        assertEquals("fine", workshop.prints("echo", "fine"));
    }
}
