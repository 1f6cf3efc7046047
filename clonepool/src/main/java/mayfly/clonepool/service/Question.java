package mayfly.clonepool.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import mayfly.sandbox.RefusedException;

/** What a client can ask, as {@code ASK} carries it. */
enum Question {
    STATUS,
    TEMPLATES,
    STOP;

    private static final JsonFactory JSON = new JsonFactory();

    /** Reads {@code {"ask":"status"}}. */
    static Question read(String json) throws RefusedException {
        return switch (asked(json)) {
            case "status" -> STATUS;
            case "templates" -> TEMPLATES;
            case "stop" -> STOP;
            default -> throw unknown(json);
        };
    }

    /** The value of the only member, {@code ask}; empty when the text is anything else. */
    private static String asked(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            boolean begins = parser.nextToken() == JsonToken.START_OBJECT && "ask".equals(parser.nextFieldName());
            String value = begins ? parser.nextTextValue() : null;
            boolean ends = parser.nextToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
            return value != null && ends ? value : "";
        } catch (IOException e) {
            return "";
        }
    }

    private static RefusedException unknown(String json) {
        return new RefusedException("cannot answer " + json + ": it is no question that this service knows");
    }
}
