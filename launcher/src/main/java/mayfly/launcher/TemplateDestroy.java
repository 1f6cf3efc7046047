package mayfly.launcher;

import java.util.List;
import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;

/** {@code mayfly template destroy}. */
final class TemplateDestroy extends LossyOrder {
    TemplateDestroy() {
        super("template destroy", "destroys", "Destroys a snapshot, or the template with all of them.");
    }

    @Override
    String give(Administration administration, String template, Optional<String> snapshot) throws MayflyException {
        return "destroyed " + administration.destroy(template, snapshot);
    }

    @Override
    String question(String template, Optional<String> snapshot, List<String> snapshots) {
        return snapshot.map(name -> "Destroy the snapshot " + name + " of template " + template + "?")
                .orElse("Destroy template " + template
                        + (snapshots.isEmpty() ? "" : " with its snapshots " + String.join(", ", snapshots)) + "?");
    }
}
