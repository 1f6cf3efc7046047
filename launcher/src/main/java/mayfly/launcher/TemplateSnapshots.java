package mayfly.launcher;

import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.ParseResult;

/** {@code mayfly template snapshots}. */
final class TemplateSnapshots extends Order {
    TemplateSnapshots() {
        super("template snapshots", "TEMPLATE", "Prints the template's snapshots, the oldest first.");
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages) throws MayflyException {
        return Optional.of(String.join("\n", administration.snapshots(template(words))));
    }
}
