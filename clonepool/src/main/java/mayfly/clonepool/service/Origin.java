package mayfly.clonepool.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.Snapshot;
import mayfly.sandbox.Shape;

/** Where a sandbox's root comes from, for the client's status line. */
final class Origin {
    private static final JsonFactory JSON = new JsonFactory();

    private Origin() {}

    /** The members of a JSON object without its braces. */
    static String of(Shape shape, Clone clone) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("template", shape.template().orElse(null));
            json.writeStringField(
                    "snapshot", clone.snapshot().map(Snapshot::name).orElse(null));
            json.writeStringField("backend", shape.backend());
            json.writeStringField("clone", shape.template().isPresent() ? clone.id() : null);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.getBuffer().substring(1, text.getBuffer().length() - 1);
    }
}
