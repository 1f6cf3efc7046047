package mayfly.launcher;

import java.util.List;
import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;

/** {@code mayfly template rollback}. */
final class TemplateRollback extends LossyOrder {
    TemplateRollback() {
        super(
                "template rollback",
                "rolls back",
                "Gives the template the content of a snapshot back, the newest unless another is named. Later snapshots"
                        + " are destroyed.");
    }

    @Override
    String give(Administration administration, String template, Optional<String> snapshot) throws MayflyException {
        return administration.rollback(template, snapshot);
    }

    @Override
    String question(String template, Optional<String> wanted, List<String> snapshots) {
        String last = snapshots.isEmpty() ? "" : snapshots.get(snapshots.size() - 1);
        String snapshot = wanted.orElse(last);
        List<String> later = snapshots.subList(snapshots.lastIndexOf(snapshot) + 1, snapshots.size());
        return "Roll template " + template + " back to " + snapshot + "? What was changed since"
                + (later.isEmpty() || !snapshots.contains(snapshot) ? "" : ", and " + String.join(", ", later) + ",")
                + " will be lost.";
    }
}
