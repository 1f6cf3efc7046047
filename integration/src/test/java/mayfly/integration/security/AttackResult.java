package mayfly.integration.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Backend;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Identity;

/**
 * What became of one test of one attack in one setting.
 *
 * @param test its class and method
 * @param outcome {@code passed}, {@code failed}, or why it was skipped
 */
record AttackResult(Attack attack, Backend backend, Identity identity, String test, String outcome) {
    static final String PASSED = "passed";
    static final String FAILED = "failed";

    /** One result a line, those of the last run. */
    static final Path FILE = Host.source("integration/target/attacks.tsv");

    static List<AttackResult> ofThisRun() {
        try {
            return Files.readAllLines(FILE).stream().map(AttackResult::of).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static AttackResult of(String line) {
        List<String> fields = List.of(line.split("\t", -1));
        return new AttackResult(
                Attack.valueOf(fields.get(0)),
                Backend.valueOf(fields.get(1)),
                Identity.valueOf(fields.get(2)),
                fields.get(3),
                fields.get(4));
    }

    String line() {
        return String.join("\t", attack.name(), backend.name(), identity.name(), test, outcome.replaceAll("\\s+", " "))
                + "\n";
    }

    boolean hasPassed() {
        return outcome.equals(PASSED);
    }

    boolean wasSkipped() {
        return !hasPassed() && !outcome.equals(FAILED);
    }
}
