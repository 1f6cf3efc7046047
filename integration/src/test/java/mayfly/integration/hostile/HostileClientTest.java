package mayfly.integration.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.ProcessTable;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * A user who says to root's service whatever he likes, for so many seconds as the system property {@code mayfly.hostile.seconds}
 * tells, and from the same start each time: {@code mayfly.hostile.seed}.
 */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "two users of one service are needed")
class HostileClientTest {
    private static final int SECONDS = Integer.getInteger("mayfly.hostile.seconds", 8);
    private static final long SEED = Long.getLong("mayfly.hostile.seed", 1);

    /** What a heap may grow by, garbage included. */
    private static final long HEAP_KIB = 200 << 10;

    private static final Pattern TALLY = Pattern.compile(
            "recorded 14 exchanges\n(\\d+) connections, (\\d+) answers, (\\d+) sandboxes, (\\d+) floods\n");

    private final Workshop workshop;
    private final Path audit;

    HostileClientTest(Workshop workshop) {
        audit = workshop.directory().resolve("audit/audit.log");
        this.workshop = workshop.configured("""
                [limits]
                sandboxes-per-user = 6
                sessions-per-user = 3
                parked-per-user = 4
                clones = 64
                [audit]
                file = "%s"
                """.formatted(audit));
    }

    /** What a service has when nobody has anything of it. */
    private record Holdings(int descriptors, long threads, long memoryKib) {}

    private Holdings holdings() {
        workshop.isIdle();
        workshop.ofServiceAccount("pool", "drain").run().exits(0);
        Eventually.holds("no clone is left: " + workshop.clones(), () -> workshop.clones()
                .isEmpty());
        long service = workshop.service().pid();
        return new Holdings(
                ProcessTable.descriptors(service),
                ProcessTable.number(service, "Threads"),
                ProcessTable.number(service, "VmRSS"));
    }

    /** Also those that begin only after the hostile client's end. */
    private void endSessions() {
        Eventually.holds("his sessions have ended", () -> {
            List<Json> sessions = Json.object(workshop.subcommand("session", "list", "--json")
                            .run()
                            .succeeds())
                    .objects("sessions");
            // The time of one may be over meanwhile.
            sessions.forEach(session ->
                    workshop.subcommand("session", "end", session.text("name")).run());
            return sessions.isEmpty();
        });
    }

    private Call hostile() {
        String classes = Path.of("target/test-classes").toAbsolutePath() + ":"
                + workshop.host().mayfly().resolveSibling("../lib/mayfly/java/*");
        return workshop.call(List.of(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx256m",
                        "-cp",
                        classes,
                        HostileClient.class.getName(),
                        workshop.runtime() + "/mayfly.sock",
                        workshop.host().mayfly().toString(),
                        workshop.work().resolve("hostile").toString(),
                        String.valueOf(SECONDS),
                        String.valueOf(SEED)))
                .within(Duration.ofSeconds(SECONDS + 300L));
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    @Against({Attack.BROKEN_PROTOCOL, Attack.GREED})
    void whatever_a_user_says_the_service_serves_others_and_keeps_nothing_of_it() {
        workshop.prints("true");
        workshop.servesItsOwner();
        long service = workshop.service().pid();
        Holdings before = holdings();

        System.out.println("seed " + SEED);
        Call.Running hostile = hostile().start();
        int served = 0;
        while (hostile.isAlive()) {
            workshop.servesItsOwner();
            served++;
        }
        String said = hostile.await().succeeds() + "\n";
        System.out.print(said);
        Matcher tally = TALLY.matcher(said);
        assertTrue(tally.matches(), said);
        assertTrue(Integer.parseInt(tally.group(3)) > 0 && served > 0, said);

        endSessions();
        Eventually.holds(
                "he is served again", () -> workshop.mayfly("true").run().status() == 0);
        Holdings after = holdings();
        String log = workshop.service().log();
        assertFalse(log.contains("mayfly: unexpected") || log.contains("Exception") || log.contains("\tat "), log);
        assertEquals(service, workshop.service().pid());
        assertTrue(workshop.service().isAlive(), log);
        assertTrue(after.descriptors() <= before.descriptors() + 2, before + " before, after it " + after);
        assertTrue(after.threads() <= before.threads() + 12, before + " before, after it " + after);
        assertTrue(after.memoryKib() <= before.memoryKib() + HEAP_KIB, before + " before, after it " + after);
        Directories.read(audit).lines().forEach(Json::object);
    }
}
