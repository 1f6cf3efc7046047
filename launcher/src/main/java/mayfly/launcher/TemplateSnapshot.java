package mayfly.launcher;

import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.ParseResult;

/** {@code mayfly template snapshot}. */
final class TemplateSnapshot extends Order {
    TemplateSnapshot() {
        super(
                "template snapshot",
                "TEMPLATE [NAME]",
                "Freezes the template as it is now, and prints what the snapshot is called. Commands get clones of it from"
                        + " now on.");
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages) throws MayflyException {
        return Optional.of(administration.snapshot(template(words), operand(words, 1)));
    }
}
