package mayfly.clonepool.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.RefusedException;

/** Reads the JSON object of an {@code ASK} (docs/protocol.md): exactly the members that its question has. */
final class QuestionReader {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final int SHOWN = 80;
    private static final int MEMBERS = 8;

    /** A dataset's name is the longest text: 255 characters (zfs(8)). */
    private static final int LONGEST_TEXT = 255;

    /** What has not been taken yet. Values are text, numbers, and true or false. */
    private final Map<String, Object> members;

    private QuestionReader(Map<String, Object> members) {
        this.members = members;
    }

    /** @throws RefusedException with what is wrong about it */
    static Question read(String json) throws RefusedException {
        QuestionReader reader;
        try (JsonParser parser = JSON.createParser(json)) {
            reader = new QuestionReader(members(parser));
        } catch (IOException e) {
            throw unreadable("it is no JSON object of names and simple values: " + OneLine.of(json, SHOWN));
        }
        String asked = reader.text("ask");
        Question question = reader.question(asked);
        for (String left : reader.members.keySet()) {
            throw unreadable("the question " + asked + " has no member " + left);
        }
        return question;
    }

    private static Map<String, Object> members(JsonParser parser) throws IOException, RefusedException {
        Map<String, Object> members = new HashMap<>();
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("no object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = OneLine.of(parser.currentName(), SHOWN);
            if (members.size() == MEMBERS) {
                throw unreadable("it has more than " + MEMBERS + " members");
            }
            members.put(name, value(name, parser));
        }
        if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
            throw new IOException("not one object");
        }
        return members;
    }

    private static Object value(String name, JsonParser parser) throws IOException, RefusedException {
        return switch (parser.nextToken()) {
            case VALUE_STRING -> {
                if (parser.getTextLength() > LONGEST_TEXT) {
                    throw unreadable("the member " + name + " is longer than " + LONGEST_TEXT + " characters");
                }
                yield parser.getText();
            }
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.INT
                        ? parser.getIntValue()
                        : Integer.MAX_VALUE; // too many of whatever it counts
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw unreadable("the member " + name + " is of another type");
        };
    }

    private Question question(String asked) throws RefusedException {
        return switch (asked) {
            case "status" -> new Question.Status();
            case "templates" -> new Question.Templates();
            case "stop" -> new Question.Stop();
            case "sessions" -> new Question.Sessions();
            case "end-session" -> new Question.EndSession(text("session"), uid("uid"));
            case "refill" -> new Question.Refill(text("template"), count("ready"), flag("force"), flag("sweep"));
            case "drain" -> new Question.Drain(optionalText("template"));
            case "create" -> new Question.Create(text("template"));
            case "snapshot" -> new Question.TakeSnapshot(text("template"), optionalText("name"));
            case "snapshots" -> new Question.Snapshots(text("template"));
            case "rollback" -> new Question.Rollback(text("template"), optionalText("snapshot"));
            case "destroy" -> new Question.Destroy(text("template"), optionalText("snapshot"));
            case "path" -> new Question.Directory(text("template"));
            default -> throw unreadable("there is no question " + OneLine.of(asked, SHOWN));
        };
    }

    private String text(String name) throws RefusedException {
        return optionalText(name).orElseThrow(() -> unreadable("its member " + name + " is missing"));
    }

    private Optional<String> optionalText(String name) throws RefusedException {
        Optional<String> text = take(name, String.class, "text");
        if (text.isPresent() && text.get().isEmpty()) {
            throw unreadable("its member " + name + " is empty");
        }
        return text;
    }

    private OptionalInt count(String name) throws RefusedException {
        Optional<Integer> number = take(name, Integer.class, "a number");
        if (number.isEmpty()) {
            return OptionalInt.empty();
        }
        if (number.get() < 0) {
            throw unreadable("its member " + name + " is less than 0");
        }
        return OptionalInt.of(number.get());
    }

    /** A text: a uid has more bits than a number here. */
    private OptionalLong uid(String name) throws RefusedException {
        Optional<String> text = optionalText(name);
        if (text.isPresent() && !text.get().matches("[0-9]{1,10}")) {
            throw unreadable("its member " + name + " is no user id");
        }
        return text.isPresent() ? OptionalLong.of(Long.parseLong(text.get())) : OptionalLong.empty();
    }

    private boolean flag(String name) throws RefusedException {
        return take(name, Boolean.class, "true or false").orElse(false);
    }

    private <T> Optional<T> take(String name, Class<T> type, String kind) throws RefusedException {
        Object value = members.remove(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw unreadable("its member " + name + " is not " + kind);
        }
        return Optional.of(type.cast(value));
    }

    private static RefusedException unreadable(String reason) {
        return new RefusedException("cannot answer the question: " + reason);
    }
}
