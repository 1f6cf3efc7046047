package mayfly.clonepool.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.clonepool.protocol.Protocol.Field;
import mayfly.clonepool.protocol.Protocol.FrameType;
import org.junit.jupiter.api.Test;

/** The code and docs/protocol.md say the same. */
final class ProtocolTest {
    private static final Pattern FRAME =
            Pattern.compile("(?m)^\\| ([A-Z_]+) \\| ([0-9]+) \\| (client|service|init|binder) \\|");
    private static final Pattern FIELD =
            Pattern.compile("(?m)^\\| ([A-Z_]+) \\| ([0-9]+) \\| (?!client|service|init|binder)");

    private static String document() throws IOException {
        return Files.readString(Path.of("..", "docs", "protocol.md"));
    }

    private static Map<String, Integer> table(Pattern row) throws IOException {
        Map<String, Integer> numbers = new TreeMap<>();
        Matcher matcher = row.matcher(document());
        while (matcher.find()) {
            numbers.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
        }
        return numbers;
    }

    @Test
    void frames_have_the_documented_types() throws IOException {
        Map<String, Integer> types = new TreeMap<>();
        for (FrameType type : FrameType.values()) {
            types.put(type.name(), type.code());
        }
        assertEquals(table(FRAME), types);
    }

    @Test
    void fields_have_the_documented_tags() throws IOException {
        Map<String, Integer> tags = new TreeMap<>();
        for (Field field : Field.values()) {
            tags.put(field.name(), field.tag());
        }
        assertEquals(table(FIELD), tags);
    }

    @Test
    void frames_are_sent_by_whom_the_document_names() throws IOException {
        Matcher matcher = FRAME.matcher(document());
        while (matcher.find()) {
            String sender = FrameType.valueOf(matcher.group(1)).sender().name();
            assertEquals(matcher.group(3).toUpperCase(Locale.ROOT), sender.replaceFirst("_.*", ""));
        }
    }

    @Test
    void the_client_sends_the_documented_variables() throws IOException {
        String names = "`" + String.join("`, `", Protocol.CLAIM_VARIABLES) + "`";
        assertTrue(document().contains(names), names);
        String client = Files.readString(Path.of("..", "native", "lease.c"));
        List<String> sent = Pattern.compile("\"([A-Z0-9_]+)=\"")
                .matcher(client.substring(0, client.indexOf("};")))
                .results()
                .map(name -> name.group(1))
                .toList();
        assertEquals(Protocol.CLAIM_VARIABLES, sent);
    }

    @Test
    void the_version_and_the_bounds_are_the_documented_ones() throws IOException {
        String document = document();
        for (String promise : List.of(
                "# Protocol, version " + Protocol.VERSION,
                "| frame at the door | " + grouped(Protocol.DOOR_FRAME_BYTES) + " bytes |",
                "| any other frame on a sandbox socket | " + grouped(Protocol.SANDBOX_FRAME_BYTES) + " bytes |",
                "| `VARIABLE`s of a claim | " + Protocol.VARIABLES_COUNT + " |",
                "environment, " + grouped(Protocol.VARIABLE_BYTES) + " bytes at most",
                "| frame `RUN` | " + Protocol.RUN_FRAME_BYTES / 1024 / 1024 + " MiB ",
                "| time to complete a request at the door | " + grouped(Protocol.REQUEST_MILLIS) + " ms |",
                "| connections at the door, each uid | " + grouped(Protocol.CONNECTIONS_PER_UID) + " |",
                grouped(Protocol.WORDS_BYTES) + " bytes and " + grouped(Protocol.WORDS_COUNT) + " words at most",
                "1 ignore SIGINT, 2 quiet, 4 trace, 8 enter the caller's own working directory")) {
            assertTrue(document.contains(promise), promise);
        }
    }

    private static String grouped(int number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
