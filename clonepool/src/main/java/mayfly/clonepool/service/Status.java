package mayfly.clonepool.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SortedMap;
import java.util.function.ToIntFunction;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Limits;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.Parking;
import mayfly.sandbox.Shape;

/** The answers of {@code mayfly pool status --json} and {@code mayfly template list --json}. */
final class Status {
    private static final JsonFactory JSON = new JsonFactory();

    private final Configuration configuration;
    private final SortedMap<String, Template> templates;
    private final String version;
    private final long started = System.nanoTime();

    Status(Configuration configuration, SortedMap<String, Template> templates, String version) {
        this.configuration = configuration;
        this.templates = templates;
        this.version = version;
    }

    private interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    private static String object(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** What there is and what happened. */
    String status(Leases leases, Reaper reaper) {
        List<Parking.Line> lines = leases.lines();
        return object(json -> {
            json.writeStringField("version", version);
            json.writeNumberField("uptime_seconds", (System.nanoTime() - started) / 1_000_000_000);
            json.writeNumberField("running", leases.running());
            json.writeNumberField("adopted", reaper.adopted());
            json.writeNumberField("dirty", reaper.dirty());
            json.writeArrayFieldStart("templates");
            for (Template template : templates.values()) {
                template(json, template, leases, lines);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("shapes");
            for (Parking.Line line : lines) {
                shape(json, line);
            }
            json.writeEndArray();
            limits(json);
        });
    }

    private static void template(JsonGenerator json, Template template, Leases leases, List<Parking.Line> lines)
            throws IOException {
        String name = template.configuration().name();
        Counts counts = leases.counts(name);
        json.writeStartObject();
        define(json, template.configuration());
        json.writeNumberField("ready", template.pool().ready());
        json.writeNumberField("parked", sum(lines, name, Parking.Line::parked));
        json.writeNumberField("making", sum(lines, name, Parking.Line::making));
        json.writeNumberField("leased", counts.leased());
        json.writeNumberField("claims", counts.claims());
        json.writeNumberField("hits", counts.hits());
        json.writeStringField(
                "last_error", counts.lastError().or(template.pool()::lastError).orElse(null));
        json.writeEndObject();
    }

    private static int sum(List<Parking.Line> lines, String template, ToIntFunction<Parking.Line> count) {
        return lines.stream()
                .filter(line -> line.shape().template().filter(template::equals).isPresent())
                .mapToInt(count)
                .sum();
    }

    private static void define(JsonGenerator json, TemplateConfiguration configuration) throws IOException {
        json.writeStringField("name", configuration.name());
        json.writeStringField("store", configuration.store().word());
        json.writeStringField("path", configuration.path().orElse("/"));
    }

    private static void shape(JsonGenerator json, Parking.Line line) throws IOException {
        Shape shape = line.shape();
        json.writeStartObject();
        json.writeNumberField("uid", shape.caller().uid());
        json.writeStringField("template", shape.template().orElse(null));
        json.writeStringField("root", shape.root().map(Object::toString).orElse(null));
        json.writeStringField("backend", shape.backend());
        json.writeBooleanField("share_net", shape.shareNet());
        json.writeNumberField("binds", shape.binds().size());
        json.writeNumberField("parked", line.parked());
        json.writeNumberField("making", line.making());
        json.writeNumberField("waiting", line.waiting());
        json.writeNumberField("target", line.target());
        json.writeEndObject();
    }

    private void limits(JsonGenerator json) throws IOException {
        Limits limits = configuration.limits();
        json.writeObjectFieldStart("limits");
        json.writeNumberField("sandboxes", limits.sandboxes());
        json.writeNumberField("sandboxes_per_user", limits.sandboxesPerUser());
        json.writeNumberField("parked", limits.parked());
        json.writeNumberField("parked_per_shape", limits.parkedPerShape());
        json.writeEndObject();
    }

    /** What can be cloned. */
    String templates() {
        return object(json -> {
            json.writeArrayFieldStart("templates");
            for (Template template : templates.values()) {
                json.writeStartObject();
                define(json, template.configuration());
                json.writeBooleanField(
                        "default", template.configuration().name().equals(configuration.defaultTemplate()));
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
