package mayfly.clonepool.service;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.pool.Parking;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.store.Snapshot;
import mayfly.clonepool.store.Stores;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Shape;

/** The answers of {@code mayfly pool status --json} and {@code mayfly template list --json}. */
final class Status {
    private final Settings settings;
    private final Templates templates;
    private final Listeners listeners;
    private final String version;
    private final long started = System.nanoTime();

    Status(Settings settings, Templates templates, Listeners listeners, String version) {
        this.settings = settings;
        this.templates = templates;
        this.listeners = listeners;
        this.version = version;
    }

    /** What there is and what happened, without what concerns other users than who asks. */
    String status(Leases leases, Reaper reaper, Connection asker) {
        List<Parking.Line> lines = leases.lines();
        return JsonObject.of(json -> {
            json.writeStringField("version", version);
            json.writeNumberField("uptime_seconds", (System.nanoTime() - started) / 1_000_000_000);
            json.writeNumberField("running", leases.running());
            json.writeNumberField("sessions", leases.sessions().count());
            json.writeNumberField("adopted", reaper.adopted());
            json.writeNumberField("dirty", reaper.dirty());
            json.writeArrayFieldStart("templates");
            for (Template template : templates.all()) {
                template(json, template, leases, lines, reaper);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("shapes");
            for (Parking.Line line : lines) {
                shape(json, line, asker);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("listeners");
            for (Listener listener : listeners.all()) {
                listener(json, listener, asker);
            }
            json.writeEndArray();
            limits(json);
        });
    }

    private static void template(
            JsonGenerator json, Template template, Leases leases, List<Parking.Line> lines, Reaper reaper)
            throws IOException {
        String name = template.name();
        Counts counts = leases.counts(name);
        Pool pool = template.pool();
        json.writeStartObject();
        define(json, template);
        json.writeStringField("snapshot", pool.snapshot().map(Snapshot::name).orElse(null));
        json.writeBooleanField("drained", pool.isHeld());
        json.writeNumberField("target", pool.target());
        json.writeNumberField("making", pool.making() + sum(lines, name, Parking.Line::making));
        json.writeNumberField("ready", pool.ready());
        json.writeNumberField("parked", sum(lines, name, Parking.Line::parked));
        json.writeNumberField("leased", counts.leased());
        json.writeNumberField("dirty", reaper.dirty(name));
        json.writeNumberField("claims", counts.claims());
        json.writeNumberField("hits", counts.hits());
        if (counts.claims() > 0) {
            json.writeNumberField("hit_rate", Math.round(1000.0 * counts.hits() / counts.claims()) / 1000.0);
        } else {
            json.writeNullField("hit_rate");
        }
        json.writeNumberField("refills_per_minute", pool.madeLately());
        json.writeStringField(
                "last_error",
                pool.lastError()
                        .or(() -> reaper.lastError(name))
                        .or(counts::lastError)
                        .orElse(null));
        json.writeEndObject();
    }

    private static int sum(List<Parking.Line> lines, String template, ToIntFunction<Parking.Line> count) {
        return lines.stream()
                .filter(line -> line.shape().template().filter(template::equals).isPresent())
                .mapToInt(count)
                .sum();
    }

    private static void define(JsonGenerator json, Template template) throws IOException {
        json.writeStringField("name", template.name());
        json.writeStringField("store", Stores.word(template.pool().store()));
        json.writeStringField("path", template.configuration().where());
    }

    private static void shape(JsonGenerator json, Parking.Line line, Connection asker) throws IOException {
        Shape shape = line.shape();
        json.writeStartObject();
        json.writeNumberField("uid", shape.caller().uid());
        json.writeStringField("template", shape.template().orElse(null));
        json.writeStringField("root", root(shape, asker).map(Bytes::toString).orElse(null));
        json.writeStringField("backend", shape.backend());
        json.writeBooleanField("share_net", shape.isolation().shareNet());
        json.writeNumberField("binds", shape.binds().size());
        json.writeNumberField("parked", line.parked());
        json.writeNumberField("making", line.making());
        json.writeNumberField("waiting", line.waiting());
        json.writeNumberField("target", line.target());
        json.writeEndObject();
    }

    /** Other users' paths are not told. */
    static Optional<Bytes> root(Shape shape, Connection asker) {
        boolean mayKnow = asker.isMasters() || shape.caller().uid() == asker.uid();
        return mayKnow ? shape.root() : Optional.empty();
    }

    private static void listener(JsonGenerator json, Listener listener, Connection asker) throws IOException {
        Listener.View view = listener.view();
        json.writeStartObject();
        json.writeStringField("name", listener.name());
        json.writeStringField("state", listener.state());
        json.writeNumberField("connections", view.connections());
        json.writeNumberField("served", view.served());
        json.writeNumberField("refused", view.refused());
        // It may tell of what others than the listener's owner must not know.
        json.writeStringField(
                "last_error", asker.isMasters() ? listener.trouble().orElse(null) : null);
        json.writeEndObject();
    }

    private void limits(JsonGenerator json) throws IOException {
        Limits limits = settings.limits();
        json.writeObjectFieldStart("limits");
        json.writeNumberField("sandboxes", limits.sandboxes());
        json.writeNumberField("sandboxes_per_user", limits.sandboxesPerUser());
        json.writeNumberField("parked", limits.parked());
        json.writeNumberField("parked_per_shape", limits.parkedPerShape());
        json.writeNumberField("parked_per_user", limits.parkedPerUser());
        json.writeNumberField("clones", limits.clones());
        json.writeNumberField("processes", limits.processes());
        json.writeNumberField("sessions_per_user", limits.sessions().perUser());
        json.writeEndObject();
    }

    /** What can be cloned. */
    String templates() {
        return JsonObject.of(json -> {
            json.writeArrayFieldStart("templates");
            for (Template template : templates.all()) {
                json.writeStartObject();
                define(json, template);
                json.writeStringField(
                        "snapshot",
                        template.pool().snapshot().map(Snapshot::name).orElse(null));
                json.writeBooleanField(
                        "default", template.name().equals(settings.now().defaultTemplate()));
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
