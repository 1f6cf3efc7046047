package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Identity;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * docs/security.md says what the tests of this run have shown, neither more nor less. It is the last class of a run. The system
 * property {@code mayfly.attacks} says which table of the document a whole run is to have: {@code here}, or that of the virtual machine.
 */
@Order(Integer.MAX_VALUE)
@EnabledIf(value = "mayfly.integration.workshop.Host#isRoot", disabledReason = "root alone can try all of it")
class AttacksTest {
    private static final String BACKENDS =
            Arrays.stream(Backend.values()).map(backend -> " " + backend + " |").collect(Collectors.joining());
    private static final String LINE = "|---".repeat(Backend.values().length);

    private final List<AttackResult> results = AttackResult.ofThisRun();
    private final String document = Directories.read(Host.source("docs/security.md"));

    @Test
    void the_rows_are_numbered() {
        List<Integer> numbers =
                List.of(Attack.values()).stream().map(Attack::row).toList();

        assertEquals(IntStream.rangeClosed(1, Attack.values().length).boxed().toList(), numbers);
    }

    @Test
    void the_document_has_the_reasons_of_what_was_skipped() {
        List<AttackResult> untold = results.stream()
                .filter(result -> result.wasSkipped() && !document.contains(result.outcome()))
                .toList();

        assertEquals(List.of(), untold);
    }

    @Test
    @EnabledIfSystemProperty(
            named = "mayfly.attacks",
            matches = "here|machine",
            disabledReason = "not all tests are run")
    void the_document_says_what_this_run_has_shown() {
        if (System.getProperty("mayfly.attacks").equals("here")) {
            eachBoundaryStopsEachAttackForAnOrdinaryUser();
            isInTheDocument("| | attack | what stops it |" + BACKENDS + " tests |\n|---|---|---" + LINE + "|---|\n"
                    + Stream.of(Attack.values())
                            .map(attack -> "| " + attack.row() + " | " + attack.attempt() + " | " + attack.protection()
                                    + results(attack))
                            .collect(Collectors.joining()));
        } else {
            isInTheDocument("| |" + BACKENDS + " tests |\n|---" + LINE + "|---|\n"
                    + Stream.of(Attack.values())
                            .filter(attack -> of(attack).findAny().isPresent())
                            .map(attack -> "| " + attack.row() + results(attack))
                            .collect(Collectors.joining()));
        }
    }

    private void eachBoundaryStopsEachAttackForAnOrdinaryUser() {
        List<String> missing = Stream.of(Attack.values())
                .flatMap(attack -> Stream.of(Backend.BWRAP, Backend.NATIVE, Backend.LXC)
                        .filter(backend -> backend == Backend.BWRAP || !attack.isStoppedByTheService())
                        .filter(backend -> !isStopped(attack, backend, Identity.MEMBER)
                                && !isStopped(attack, backend, Identity.USER))
                        .map(backend -> attack.row() + " " + backend))
                .toList();
        assertEquals(List.of(), missing);
    }

    private void isInTheDocument(String table) {
        assertTrue(document.contains("\n" + table + "\n"), () -> "docs/security.md is to have this table:\n" + table);
    }

    private Stream<AttackResult> of(Attack attack) {
        return results.stream().filter(result -> result.attack() == attack);
    }

    /** The last cells of a row: for whom it is stopped with each backend, and by which tests. */
    private String results(Attack attack) {
        return Stream.of(Backend.values())
                        .map(backend -> " | " + users(attack, backend))
                        .collect(Collectors.joining()) + " | " + tests(attack) + " |\n";
    }

    private String users(Attack attack, Backend backend) {
        String users = Stream.of(Identity.values())
                .filter(identity -> isStopped(attack, backend, identity))
                .map(identity -> identity.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return users.isEmpty() ? (attack.isStoppedByTheService() ? "–" : "no") : users;
    }

    /** Whether all tests say so, and there are some. */
    private boolean isStopped(Attack attack, Backend backend, Identity identity) {
        List<AttackResult> all = of(attack)
                .filter(result -> result.backend() == backend && result.identity() == identity)
                .toList();
        return !all.isEmpty() && all.stream().allMatch(AttackResult::hasPassed);
    }

    private String tests(Attack attack) {
        TreeMap<String, List<AttackResult>> tests =
                of(attack).collect(Collectors.groupingBy(AttackResult::test, TreeMap::new, Collectors.toList()));
        return tests.entrySet().stream()
                .map(test -> "`" + test.getKey() + "`" + remark(test.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** What became of a test that did not pass everywhere. */
    private static String remark(List<AttackResult> all) {
        return all.stream()
                .filter(Predicate.not(AttackResult::hasPassed))
                .findFirst()
                .map(result -> " (" + result.outcome() + ")")
                .orElse("");
    }
}
