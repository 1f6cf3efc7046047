package mayfly.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import mayfly.client.MayflyException;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.service.IdentityChoice;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly doctor}: what this host can do, what is missing, how to get it. Exit status 1 when no command can run. */
final class Doctor implements Subcommand {
    /** Of root's service. */
    private static final Path SYSTEM = Path.of("/etc/mayfly/mayfly.toml");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        "doctor",
                        "mayfly doctor [--user NAME] [--json]",
                        "Looks at what this machine can do for you, what is missing, and how to get it.")
                .addOption(Options.value("--user", "NAME", "what this user of root's service may do, in its place"))
                .addOption(Options.flag("as a JSON object", "--json"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        if (words.hasMatchedOption("--user")) {
            return user(words, out, messages);
        }
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

    /** Exit status 1 when he may not use the service. */
    private static int user(ParseResult words, PrintStream out, Messages messages) {
        try {
            Configuration configuration =
                    Files.exists(SYSTEM) ? ConfigurationFile.read(SYSTEM) : Configuration.defaults();
            String name =
                    Bytes.fromLatin1(words.matchedOptionValue("--user", "")).text();
            Caller caller = UserExamination.caller(name);
            List<Finding> findings = new UserExamination(
                            configuration, caller, UserExamination.serviceGroup(), IdentityChoice.hasRange(caller))
                    .findings();
            boolean usable = findings.get(0).state() == Finding.State.OK;
            if (words.hasMatchedOption("--json")) {
                out.println(json(findings, usable));
            } else {
                print(findings, out);
            }
            return usable ? 0 : 1;
        } catch (RefusedException e) {
            messages.complain(String.valueOf(e.getMessage()), e.remedy());
        } catch (ConfigurationException e) {
            messages.complain(
                    "cannot read " + SYSTEM + ": it has problems", Optional.of("mayfly config check " + SYSTEM));
        } catch (IOException e) {
            messages.complain("cannot read " + SYSTEM + ": " + Failure.reason(e), Optional.empty());
        }
        return MayflyException.FAILED;
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
