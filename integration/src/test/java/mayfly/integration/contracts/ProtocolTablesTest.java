package mayfly.integration.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import mayfly.clonepool.protocol.Protocol;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Host;
import org.junit.jupiter.api.Test;

/** docs/protocol.md, native/protocol.h and Protocol.java have the same numbers. */
class ProtocolTablesTest {
    private static final Pattern ROW = Pattern.compile("^\\| ([A-Z_]+) \\| (\\d+) \\|.*$", Pattern.MULTILINE);
    private static final Pattern CONSTANT = Pattern.compile("\\b([A-Z]+)_([A-Z_]+) = ([0-9 <]+)");

    private final String documentation = Directories.read(Host.source("docs/protocol.md"));
    private final String header = Directories.read(Host.source("native/protocol.h"));

    /** The rows of the tables whose second column is headed so. */
    private Map<String, Integer> table(String heading) {
        Map<String, Integer> rows = new TreeMap<>();
        String current = "";
        for (String line : documentation.lines().toList()) {
            Matcher row = ROW.matcher(line);
            if (line.startsWith("| frame | type |")) {
                current = "type";
            } else if (line.startsWith("| field | tag |")) {
                current = "tag";
            } else if (row.matches() && current.equals(heading)) {
                rows.put(row.group(1), Integer.parseInt(row.group(2)));
            }
        }
        assertTrue(rows.size() > 10, rows.toString());
        return rows;
    }

    private Map<String, Integer> constants(String prefix) {
        Map<String, Integer> constants = new TreeMap<>();
        Matcher matcher = CONSTANT.matcher(header);
        while (matcher.find()) {
            if (matcher.group(1).equals(prefix)) {
                constants.put(matcher.group(2), number(matcher.group(3).strip()));
            }
        }
        return constants;
    }

    private int constant(String name) {
        Matcher matcher = Pattern.compile("\\b" + name + " = ([0-9 <]+)").matcher(header);
        assertTrue(matcher.find(), name);
        return number(matcher.group(1).strip());
    }

    private static int number(String text) {
        int shift = text.indexOf("<<");
        return shift < 0
                ? Integer.parseInt(text)
                : Integer.parseInt(text.substring(0, shift).strip())
                        << Integer.parseInt(text.substring(shift + 2).strip());
    }

    /** The value in the table of bounds, its unit left out. */
    private int bound(String name) {
        Matcher matcher = Pattern.compile(
                        "^\\| " + Pattern.quote(name) + " \\| ([0-9,]+)( MiB)?.*\\|$", Pattern.MULTILINE)
                .matcher(documentation);
        assertTrue(matcher.find(), name);
        int value = Integer.parseInt(matcher.group(1).replace(",", ""));
        return matcher.group(2) == null ? value : value << 20;
    }

    @Test
    void java_has_the_documents_frames() {
        Map<String, Integer> frames = new TreeMap<>();
        Stream.of(Protocol.FrameType.values()).forEach(type -> frames.put(type.name(), type.code()));

        assertEquals(table("type"), frames);
    }

    @Test
    void java_has_the_documents_fields() {
        Map<String, Integer> fields = new TreeMap<>();
        Stream.of(Protocol.Field.values()).forEach(field -> fields.put(field.name(), field.tag()));

        assertEquals(table("tag"), fields);
    }

    /** C asks whether there is a service that answers, and does not read the answer. */
    @Test
    void c_has_the_documents_frames_and_fields_but_those_of_answers() {
        Map<String, Integer> frames = table("type");
        frames.keySet().removeAll(Set.of("ANSWER", "PROGRESS"));
        Map<String, Integer> framesInC = constants("FRAME");
        framesInC.remove("HEADER");

        assertEquals(frames, framesInC);
        assertEquals(table("tag"), constants("FIELD"));
    }

    @Test
    void versions_and_bounds_agree() {
        assertTrue(documentation.startsWith("# Protocol, version " + Protocol.VERSION + "\n"));
        assertEquals(Protocol.VERSION, constant("PROTOCOL_VERSION"));
        assertEquals(bound("frame at the door"), Protocol.DOOR_FRAME_BYTES);
        assertEquals(Protocol.DOOR_FRAME_BYTES, constant("DOOR_FRAME_MAX"));
        assertEquals(bound("frame `RUN`"), Protocol.RUN_FRAME_BYTES);
        assertEquals(Protocol.RUN_FRAME_BYTES, constant("RUN_FRAME_MAX"));
        assertEquals(bound("any other frame on a sandbox socket"), Protocol.SANDBOX_FRAME_BYTES);
        assertEquals(Protocol.SANDBOX_FRAME_BYTES, constant("SMALL_FRAME_MAX"));
        assertEquals(bound("time to complete a request at the door"), Protocol.REQUEST_MILLIS);
        assertEquals(bound("connections at the door, each uid"), Protocol.CONNECTIONS_PER_UID);
        assertEquals(Protocol.WORDS_COUNT, constant("WORDS_MAX"));
        assertEquals(Protocol.WORDS_BYTES, constant("WORDS_BYTES_MAX"));
        assertTrue(documentation.contains("200,000 bytes and 1,024 words at most"));
    }

    @Test
    void flags_agree() {
        assertEquals(
                Map.of(
                        "IGNORE_SIGINT", Protocol.FLAG_IGNORE_SIGINT,
                        "QUIET", Protocol.FLAG_QUIET,
                        "TRACE", Protocol.FLAG_TRACE,
                        "OWN_DIRECTORY", Protocol.FLAG_CALLERS_DIRECTORY,
                        "NO_COMMAND", Protocol.FLAG_NO_COMMAND,
                        "SESSION", Protocol.FLAG_SESSION),
                constants("CLAIM"));
        assertTrue(documentation.contains(
                "| u32: 1 ignore SIGINT, 2 quiet, 4 trace, 8 enter the caller's own working directory, 16 nothing is to be run:"
                        + " a session was started, 32 the sandbox is a session's |"));
    }
}
