package mayfly.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.sandbox.OneLine;

/** The members of a JSON object of texts, numbers, true or false, and lists of texts, as questions and answers are. */
final class Members {
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, Object> members = new LinkedHashMap<>();

    /** The object that a service has sent. What is null is left out. */
    static Members read(String json) throws ProtocolException {
        Members read = new Members();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ProtocolException("no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_NULL) {
                    read.members.put(name, value(parser));
                }
            }
            return read;
        } catch (IOException e) {
            throw new ProtocolException("a JSON object that cannot be read: " + e.getMessage());
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case START_ARRAY -> {
                List<String> texts = new ArrayList<>();
                while (parser.nextToken() == JsonToken.VALUE_STRING) {
                    texts.add(parser.getText());
                }
                yield texts;
            }
            default -> throw new ProtocolException("a value of another type");
        };
    }

    Members with(String name, Object value) {
        members.put(name, value);
        return this;
    }

    Members with(String name, Optional<String> value) {
        value.ifPresent(text -> members.put(name, text));
        return this;
    }

    /** The object as text. */
    String json() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, Object> member : members.entrySet()) {
                json.writeFieldName(member.getKey());
                if (member.getValue() instanceof Integer number) {
                    json.writeNumber(number);
                } else if (member.getValue() instanceof Boolean flag) {
                    json.writeBoolean(flag);
                } else {
                    json.writeString(String.valueOf(member.getValue()));
                }
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("cannot write to memory", e);
        }
        return text.toString();
    }

    /** A text, fit for a terminal. */
    Optional<String> text(String name) {
        return members.get(name) instanceof String text ? Optional.of(OneLine.of(text)) : Optional.empty();
    }

    String needText(String name) throws ProtocolException {
        return text(name).orElseThrow(() -> new ProtocolException("no text " + name));
    }

    OptionalInt number(String name) {
        return members.get(name) instanceof Long number
                ? OptionalInt.of((int) Math.min(number, Integer.MAX_VALUE))
                : OptionalInt.empty();
    }

    int needNumber(String name) throws ProtocolException {
        return number(name).orElseThrow(() -> new ProtocolException("no number " + name));
    }

    List<String> texts(String name) {
        return members.get(name) instanceof List<?> list
                ? list.stream().map(text -> OneLine.of(String.valueOf(text))).toList()
                : List.of();
    }
}
