package mayfly.integration.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The promise: whatever a connection does to its root, no other one ever meets. Of 250 connections, or of as many as
 * {@code -Dmayfly.connections=} says (1,000 were tried).
 */
@InWorkshop(
        as = {Identity.ROOT, Identity.USER},
        with = Client.C)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class SeparationTest {
    private static final int CONNECTIONS = Integer.getInteger("mayfly.connections", 250);
    private static final int THREADS = 16;

    /** Looks for what another one would have left, writes the same, and says what it has found and what is there now. */
    private static final String LOOK_AND_WRITE = """
            read word
            found=$(cat /tmp/mark /var/tmp/mark /dev/shm/mark 2>/dev/null)
            for place in /tmp /var/tmp /dev/shm; do
                echo "$word" >$place/mark || exit
            done
            echo "found:$found now:$(cat /tmp/mark /var/tmp/mark /dev/shm/mark | tr '\\n' ' ')"
            """;

    private final Workshop workshop;

    SeparationTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void all_connections_write_and_none_sees_what_another_wrote() throws Exception {
        try (Listening listening = Listening.tcp(workshop, "--max", "40", "-q", "--", "sh", "-c", LOOK_AND_WRITE)) {
            int port = listening.port();
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                String word = "connection-" + i;
                answers.add(threads.submit(() -> {
                    try (Peer peer = Peer.to(port)) {
                        return peer.says(word + "\n").hears();
                    }
                }));
            }
            Set<String> all = new HashSet<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                String word = "connection-" + i;
                assertEquals(
                        "found: now:" + word + " " + word + " " + word + " \n",
                        answers.get(i).get(),
                        listening.log());
                all.add(word);
            }
            threads.shutdown();
            assertEquals(CONNECTIONS, all.size());
        }
    }
}
