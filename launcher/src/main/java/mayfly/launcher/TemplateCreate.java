package mayfly.launcher;

import java.util.Optional;
import mayfly.client.Administration;
import mayfly.client.MayflyException;
import picocli.CommandLine.ParseResult;

/** {@code mayfly template create}. */
final class TemplateCreate extends Order {
    TemplateCreate() {
        super(
                "template create",
                "TEMPLATE",
                "Makes a template that mayfly.toml names, empty, and prints the directory where it is to be filled.");
    }

    @Override
    Optional<String> give(Administration administration, ParseResult words, Messages messages) throws MayflyException {
        String template = template(words);
        return Optional.of(administration.create(template).orElse(template + " is not mounted"));
    }
}
