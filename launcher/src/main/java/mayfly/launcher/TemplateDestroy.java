package mayfly.launcher;

import java.util.List;
import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly template destroy}. */
final class TemplateDestroy extends Order {
    TemplateDestroy() {
        super("template destroy", "TEMPLATE [SNAPSHOT]", "Destroys a snapshot, or the template with all of them.");
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
                        words, messages, "destroys", question(template, snapshot, administration.snapshots(template)));
        return agreed ? Optional.of("destroyed " + administration.destroy(template, snapshot)) : Optional.empty();
    }

    static String question(String template, Optional<String> snapshot, List<String> snapshots) {
        return snapshot.map(name -> "Destroy the snapshot " + name + " of template " + template + "?")
                .orElse("Destroy template " + template
                        + (snapshots.isEmpty() ? "" : " with its snapshots " + String.join(", ", snapshots)) + "?");
    }
}
