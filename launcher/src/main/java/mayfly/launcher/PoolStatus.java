package mayfly.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.posix.Terminals;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code mayfly pool status}: what the service has, in numbers. */
final class PoolStatus implements Subcommand {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[J";

    @Override
    public CommandSpec spec() {
        return Options.command(
                        "pool status",
                        "mayfly pool status [--json] [--watch]",
                        "Shows what the service that you use has ready, parked and leased.")
                .addOption(Options.flag("as a JSON object in one line", "--json"))
                .addOption(Options.flag("again each second, until interrupted", "--watch"));
    }

    @Override
    public int run(ParseResult words, PrintStream out, Messages messages) throws MayflyException, InterruptedException {
        boolean json = words.hasMatchedOption("--json");
        boolean watch = words.hasMatchedOption("--watch");
        String before = watch && !json && Terminals.isTerminal(1) ? CLEAR_SCREEN : "";
        try (Mayfly mayfly = Mayfly.connect()) {
            do {
                String status = mayfly.status();
                out.print(before);
                if (json) {
                    out.println(status);
                } else {
                    print(Json.object(status), out);
                }
            } while (watch && nextSecond(out));
            return 0;
        } catch (IOException e) {
            throw new MayflyException("cannot read the service's answer: " + Failure.reason(e));
        }
    }

    /** Whether there is still somebody who looks. */
    private static boolean nextSecond(PrintStream out) throws InterruptedException {
        TimeUnit.SECONDS.sleep(1);
        return !out.checkError();
    }

    static void print(Map<String, Object> status, PrintStream out) {
        Table templates = new Table(
                "TEMPLATE",
                "STORE",
                "SNAPSHOT",
                "MAKING",
                "READY",
                "PARKED",
                "LEASED",
                "DIRTY",
                "HIT RATE",
                "REFILLS/MIN");
        for (Map<String, Object> template : Json.objects(status, "templates")) {
            boolean drained = Json.text(template, "drained").equals("true");
            templates.row(
                    Json.text(template, "name"),
                    Json.text(template, "store"),
                    Json.text(template, "snapshot"),
                    Json.text(template, "making"),
                    Json.text(template, "ready") + (drained ? " (drained)" : ""),
                    Json.text(template, "parked"),
                    Json.text(template, "leased"),
                    Json.text(template, "dirty"),
                    percent(Json.text(template, "hit_rate")),
                    Json.text(template, "refills_per_minute"));
        }
        templates.print(out);
        listeners(status, out);
        out.printf(
                "%s running, %s of them sessions, %s adopted, %s to be destroyed; up for %s s; version %s%n",
                Json.text(status, "running"),
                Json.text(status, "sessions"),
                Json.text(status, "adopted"),
                Json.text(status, "dirty"),
                Json.text(status, "uptime_seconds"),
                Json.text(status, "version"));
        for (Map<String, Object> listener : Json.objects(status, "listeners")) {
            if (listener.containsKey("last_error")) {
                out.println("listener " + Json.text(listener, "name") + ": " + Json.text(listener, "last_error"));
            }
        }
        for (Map<String, Object> template : Json.objects(status, "templates")) {
            if (template.containsKey("last_error")) {
                out.println(Json.text(template, "name") + ": " + Json.text(template, "last_error"));
            }
        }
    }

    private static void listeners(Map<String, Object> status, PrintStream out) {
        List<Map<String, Object>> all = Json.objects(status, "listeners");
        if (all.isEmpty()) {
            return;
        }
        Table table = new Table("LISTENER", "STATE", "CONNECTIONS", "SERVED", "REFUSED");
        for (Map<String, Object> listener : all) {
            table.row(
                    Json.text(listener, "name"),
                    Json.text(listener, "state"),
                    Json.text(listener, "connections"),
                    Json.text(listener, "served"),
                    Json.text(listener, "refused"));
        }
        table.print(out);
    }

    private static String percent(String rate) {
        return rate.equals("-") ? rate : Math.round(100 * Double.parseDouble(rate)) + " %";
    }
}
