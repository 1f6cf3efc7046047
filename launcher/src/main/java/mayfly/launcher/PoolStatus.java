package mayfly.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.clonepool.store.Failure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly pool status}: what the service has, in numbers. */
final class PoolStatus implements Subcommand {
    @Override
    public CommandSpec spec() {
        return Options.command(
                        "pool status",
                        "mayfly pool status [--json]",
                        "Shows what the service that you use has ready, parked and leased.")
                .addOption(Options.flag("--json", "as a JSON object"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        try (Mayfly mayfly = Mayfly.connect()) {
            String status = mayfly.status();
            if (words.hasMatchedOption("--json")) {
                out.println(status);
            } else {
                print(Json.object(status), out);
            }
            return 0;
        } catch (IOException e) {
            throw new MayflyException("cannot read the service's answer: " + Failure.reason(e));
        }
    }

    static void print(Map<String, Object> status, PrintStream out) {
        Table templates =
                new Table("TEMPLATE", "STORE", "READY", "PARKED", "MAKING", "LEASED", "CLAIMS", "PARKED HITS");
        for (Map<String, Object> template : Json.objects(status, "templates")) {
            templates.row(
                    Json.text(template, "name"),
                    Json.text(template, "store"),
                    Json.text(template, "ready"),
                    Json.text(template, "parked"),
                    Json.text(template, "making"),
                    Json.text(template, "leased"),
                    Json.text(template, "claims"),
                    Json.text(template, "hits"));
        }
        templates.print(out);
        out.printf(
                "%s running, %s adopted, %s to be destroyed; up for %s s; version %s%n",
                Json.text(status, "running"),
                Json.text(status, "adopted"),
                Json.text(status, "dirty"),
                Json.text(status, "uptime_seconds"),
                Json.text(status, "version"));
        for (Map<String, Object> template : Json.objects(status, "templates")) {
            if (template.containsKey("last_error")) {
                out.println(Json.text(template, "name") + ": " + Json.text(template, "last_error"));
            }
        }
    }
}
