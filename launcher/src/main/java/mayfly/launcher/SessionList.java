package mayfly.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.TimeSpan;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly session list}: the sessions that are there. */
final class SessionList implements Subcommand {
    @Override
    public CommandSpec spec() {
        return Options.command(
                        "session list",
                        "mayfly session list [--json]",
                        "Shows your sessions in the service that you use, to root those of all users.")
                .addOption(Options.flag("as a JSON object", "--json"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException {
        try (Mayfly mayfly = Mayfly.connect()) {
            String sessions = mayfly.sessions();
            if (words.hasMatchedOption("--json")) {
                out.println(sessions);
            } else {
                print(Json.object(sessions), out);
            }
            return 0;
        } catch (IOException e) {
            throw new MayflyException("cannot read the service's answer: " + Failure.reason(e));
        }
    }

    static void print(Map<String, Object> answer, PrintStream out) {
        Table table = new Table(
                "SESSION",
                "UID",
                "TEMPLATE",
                "SNAPSHOT",
                "BACKEND",
                "AGE",
                "COMMANDS",
                "IDLE",
                "IDLE LIMIT",
                "TIME LIMIT");
        for (Map<String, Object> session : Json.objects(answer, "sessions")) {
            table.row(
                    Json.text(session, "name"),
                    Json.text(session, "uid"),
                    Json.text(session, "template"),
                    Json.text(session, "snapshot"),
                    Json.text(session, "backend"),
                    span(session, "age_seconds"),
                    Json.text(session, "commands"),
                    span(session, "idle_seconds"),
                    span(session, "idle_limit_seconds"),
                    span(session, "time_limit_seconds"));
        }
        table.print(out);
    }

    private static String span(Map<String, Object> session, String name) {
        return TimeSpan.word(Long.parseLong(Json.text(session, name)));
    }
}
