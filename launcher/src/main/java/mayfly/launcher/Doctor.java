package mayfly.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.List;
import mayfly.client.MayflyException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly doctor}: what this host can do, what is missing, how to get it. Exit status 1 when no command can run. */
final class Doctor implements Subcommand {
    @Override
    public CommandSpec spec() {
        return Options.command(
                        "doctor",
                        "mayfly doctor [--json]",
                        "Looks at what this machine can do for you, what is missing, and how to get it.")
                .addOption(Options.flag("as a JSON object", "--json"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        List<Finding> findings = Examination.ofThisHost().findings();
        boolean usable = findings.stream().noneMatch(finding -> finding.state() == Finding.State.MISSING);
        if (words.hasMatchedOption("--json")) {
            out.println(json(findings, usable));
        } else {
            print(findings, out);
            out.println(usable ? "Commands can run." : "No command can run until what is missing is there.");
        }
        return usable ? 0 : 1;
    }

    private static void print(List<Finding> findings, PrintStream out) {
        Table table = new Table();
        for (Finding finding : findings) {
            table.row(finding.subject(), finding.state().word(), finding.detail());
            if (!finding.remedy().isEmpty()) {
                table.row("", "", "-> " + finding.remedy());
            }
        }
        table.print(out);
    }

    static String json(List<Finding> findings, boolean usable) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeBooleanField("usable", usable);
            json.writeArrayFieldStart("checks");
            for (Finding finding : findings) {
                json.writeStartObject();
                json.writeStringField("check", finding.subject());
                json.writeStringField("state", finding.state().word());
                json.writeStringField("detail", finding.detail());
                if (!finding.remedy().isEmpty()) {
                    json.writeStringField("remedy", finding.remedy());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("cannot write to memory", e);
        }
        return text.toString();
    }
}
