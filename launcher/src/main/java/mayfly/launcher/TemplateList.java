package mayfly.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.clonepool.store.Failure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly template list}: what commands can get copies of. */
final class TemplateList implements Subcommand {
    @Override
    public CommandSpec spec() {
        return Options.command(
                        "template list",
                        "mayfly template list [--json]",
                        "Shows the templates of the service that you use.")
                .addOption(Options.flag("as a JSON object", "--json"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        try (Mayfly mayfly = Mayfly.connect()) {
            String templates = mayfly.templates();
            if (words.hasMatchedOption("--json")) {
                out.println(templates);
            } else {
                print(Json.object(templates), out);
            }
            return 0;
        } catch (IOException e) {
            throw new MayflyException("cannot read the service's answer: " + Failure.reason(e));
        }
    }

    static void print(Map<String, Object> answer, PrintStream out) {
        Table table = new Table("TEMPLATE", "STORE", "SNAPSHOT", "PATH", "DEFAULT");
        for (Map<String, Object> template : Json.objects(answer, "templates")) {
            table.row(
                    Json.text(template, "name"),
                    Json.text(template, "store"),
                    Json.text(template, "snapshot"),
                    Json.text(template, "path"),
                    Json.text(template, "default").equals("true") ? "yes" : "");
        }
        table.print(out);
    }
}
