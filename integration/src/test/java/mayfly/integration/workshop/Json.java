package mayfly.integration.workshop;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A JSON object. Asking for a member that it lacks, or that is of another kind, fails. */
public final class Json {
    private static final Object NULL = new Object();

    private final String text;
    private final Map<String, Object> members;

    private Json(String text, Map<String, Object> members) {
        this.text = text;
        this.members = members;
    }

    /** The object that the text is; fails when it is anything else or has more behind it. */
    public static Json object(String text) {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            parser.nextToken();
            if (value(parser, text) instanceof Json object && parser.nextToken() == null) {
                return object;
            }
            throw new AssertionError("not one JSON object: " + text);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    public Set<String> names() {
        return members.keySet();
    }

    public boolean isNull(String name) {
        return member(name, Object.class) == NULL;
    }

    public String text(String name) {
        return member(name, String.class);
    }

    public boolean flag(String name) {
        return member(name, Boolean.class);
    }

    public double number(String name) {
        return member(name, Number.class).doubleValue();
    }

    public Json member(String name) {
        return member(name, Json.class);
    }

    /** The objects in a list. */
    public List<Json> objects(String name) {
        return ((List<?>) member(name, List.class))
                .stream().map(Json.class::cast).toList();
    }

    /** The texts in a list. */
    public List<String> texts(String name) {
        return ((List<?>) member(name, List.class))
                .stream().map(String.class::cast).toList();
    }

    private <T> T member(String name, Class<T> kind) {
        Object value = members.get(name);
        if (!kind.isInstance(value)) {
            throw new AssertionError("no " + kind.getSimpleName() + " " + name + " in " + text);
        }
        return kind.cast(value);
    }

    private static Object value(JsonParser parser, String text) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new AssertionError("JSON ends early: " + text);
        }
        return switch (token) {
            case START_OBJECT -> new Json(text, members(parser, text));
            case START_ARRAY -> elements(parser, text);
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> NULL;
            default -> throw new AssertionError("unexpected " + token + " in " + text);
        };
    }

    private static Map<String, Object> members(JsonParser parser, String text) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser, text));
        }
        return members;
    }

    private static List<Object> elements(JsonParser parser, String text) throws IOException {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(parser, text));
        }
        return elements;
    }

    @Override
    public String toString() {
        return text;
    }
}
