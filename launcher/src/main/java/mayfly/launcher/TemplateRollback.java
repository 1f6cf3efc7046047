package mayfly.launcher;

import java.util.List;
import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly template rollback}. */
final class TemplateRollback extends Order {
    TemplateRollback() {
        super(
                "template rollback",
                "TEMPLATE [SNAPSHOT]",
                "Gives the template the content of a snapshot back, the newest unless another is named. Later snapshots"
                        + " are destroyed.");
    }

    @Override
    public CommandSpec spec() {
        return super.spec().addOption(Options.flag("do not ask", "--yes"));
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages)
            throws MayflyException, UsageException {
        String template = template(words);
        Optional<String> snapshot = operand(words, 1);
        boolean agreed = words.hasMatchedOption("--yes")
                || agrees(
                        words,
                        messages,
                        "rolls back",
                        question(template, snapshot, administration.snapshots(template)));
        return agreed ? Optional.of(administration.rollback(template, snapshot)) : Optional.empty();
    }

    static String question(String template, Optional<String> wanted, List<String> snapshots) {
        String last = snapshots.isEmpty() ? "" : snapshots.get(snapshots.size() - 1);
        String snapshot = wanted.orElse(last);
        List<String> later = snapshots.subList(snapshots.lastIndexOf(snapshot) + 1, snapshots.size());
        return "Roll template " + template + " back to " + snapshot + "? What was changed since"
                + (later.isEmpty() || !snapshots.contains(snapshot) ? "" : ", and " + String.join(", ", later) + ",")
                + " will be lost.";
    }
}
