package mayfly.clonepool.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.posix.Processes.Usage;
import org.junit.jupiter.api.Test;

final class LinesTest {
    private static final long NOON = 1_795_867_200_000L;
    private static final Who ANN = new Who(1000, 100, 1000, 77, Optional.empty());
    private static final Place DEB =
            new Place(Optional.of("deb"), Optional.of("s1"), "deb_5", Optional.empty(), OptionalLong.empty());

    private static String refusal(Words argv, String message) {
        return Lines.of(new Entry.Refusal(NOON, ANN, argv, message));
    }

    private static Words words(Bytes... words) {
        return Words.of(List.of(words), false);
    }

    /** What a reader of JSON makes of the first word. */
    private static String firstWord(String line) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(new StringReader(line))) {
            for (JsonToken token = parser.nextToken(); token != JsonToken.START_ARRAY; token = parser.nextToken()) {
                assertTrue(token != null, line);
            }
            assertEquals(JsonToken.VALUE_STRING, parser.nextToken());
            return parser.getText();
        }
    }

    private static Shape shape(Isolation isolation) {
        return new Shape(
                new Caller(1000, 1000, List.of()),
                Optional.of("deb"),
                "bwrap",
                isolation,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static String start(Entry.Made made, Optional<Bytes> chdir, Words argv) {
        return Lines.of(new Entry.Start(NOON, ANN, DEB, Optional.of(made), chdir, argv));
    }

    private static String end(Entry.Finish finish) {
        return Lines.of(new Entry.End(NOON, Optional.of(ANN), DEB, finish, Optional.of(0L), Optional.empty()));
    }

    @Test
    void a_start_says_who_what_and_where() {
        Isolation isolation = new Isolation(
                true,
                new Identity.RootOfRange(100000, 200000, 65536),
                Seccomp.NONE,
                Map.of("LXC_NET_BR", "br0", "LXC_CPU_QUOTA", "50"),
                true,
                true);
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.000Z\",\"event\":\"start\",\"uid\":1000,\"gid\":100,\"pid\":77,"
                        + "\"template\":\"deb\",\"snapshot\":\"s1\",\"clone\":\"deb_5\",\"backend\":\"bwrap\","
                        + "\"share_net\":true,\"abstract_sockets\":true,\"as_root\":\"100000:200000+65536\","
                        + "\"seccomp\":\"none\",\"variables\":{\"LXC_CPU_QUOTA\":\"50\",\"LXC_NET_BR\":\"br0\"},"
                        + "\"bind\":[\"/a:/b:ro\"],\"x11\":\"trusted\",\"pulseaudio\":true,\"size\":\"64m\","
                        + "\"quota\":1024,\"hooks\":true,\"idle\":\"15m\",\"time_limit\":\"8h\","
                        + "\"chdir\":\"/x\\n\",\"argv\":[\"ls\",\"\"]}",
                start(
                        new Entry.Made(
                                shape(isolation),
                                words(Bytes.utf8("/a:/b:ro")),
                                new Entry.Desktop(Optional.of("trusted"), true),
                                new Entry.Room(Optional.of("64m"), OptionalLong.of(1024)),
                                true,
                                OptionalLong.of(900),
                                OptionalLong.of(28_800)),
                        Optional.of(Bytes.utf8("/x\n")),
                        words(Bytes.utf8("ls"), Bytes.empty())));
    }

    @Test
    void what_is_as_usual_is_left_out() {
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.000Z\",\"event\":\"start\",\"uid\":1000,\"gid\":100,\"pid\":77,"
                        + "\"template\":\"deb\",\"snapshot\":\"s1\",\"clone\":\"deb_5\",\"backend\":\"bwrap\"}",
                start(
                        new Entry.Made(
                                shape(Isolation.FULL),
                                Words.none(),
                                Entry.Desktop.NONE,
                                Entry.Room.USUAL,
                                false,
                                OptionalLong.empty(),
                                OptionalLong.empty()),
                        Optional.empty(),
                        Words.none()));
    }

    @Test
    void an_end_says_how_the_command_has_ended_where_that_is_known() {
        String before = "\"clone\":\"deb_5\",";
        String after = "\"elapsed_ms\":0}";
        OptionalInt none = OptionalInt.empty();
        assertTrue(end(Entry.Finish.UNTOLD).endsWith(before + after));
        assertTrue(end(new Entry.Finish(OptionalInt.of(0), none, Optional.empty(), false))
                .endsWith(before + "\"exit\":0," + after));
        assertTrue(end(new Entry.Finish(OptionalInt.of(137), OptionalInt.of(9), Optional.empty(), true))
                .endsWith(before + "\"exit\":137,\"signal\":9,\"own_hooks\":true," + after));
        assertTrue(end(new Entry.Finish(none, none, Optional.of(Bytes.fromLatin1("cannot run \u00ff\"")), false))
                .endsWith(before + "\"failed\":\"cannot run \\uDCFF\\\"\"," + after));
    }

    @Test
    void an_end_says_how_long_it_took_and_what_was_used() {
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.007Z\",\"event\":\"end\",\"uid\":0,\"gid\":5,\"served_as\":1000,"
                        + "\"listener\":\"web\",\"clone\":\"-t_5\",\"session\":\"build\",\"command\":3,"
                        + "\"elapsed_ms\":1500,\"user_ms\":2,\"system_ms\":1,\"max_rss_kib\":9}",
                Lines.of(new Entry.End(
                        NOON + 7,
                        Optional.of(new Who(0, 5, 1000, 0, Optional.of("web"))),
                        new Place(Optional.empty(), Optional.empty(), "-t_5", Optional.of("build"), OptionalLong.of(3)),
                        Entry.Finish.UNTOLD,
                        Optional.of(1_500_999_999L),
                        Optional.of(new Usage(2_999, 1_000, 9)))));
    }

    @Test
    void a_line_is_one_line_of_printable_ascii_whatever_is_in_it() throws IOException {
        byte[] all = new byte[255];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i + 1); // a word has no NUL
        }
        String line = refusal(words(Bytes.of(all)), "cannot \n\u001b]0;x\u0007\u007f\u009b\u202e\ud83d\ude00 do");
        assertTrue(line.chars().allMatch(c -> c >= 0x20 && c <= 0x7E), line);
        assertTrue(
                line.endsWith("\"reason\":\"cannot \\n\\u001B]0;x\\u0007\\u007F\\u009B\\u202E\\uD83D\\uDE00 do\"}"),
                line);
        String word = firstWord(line);
        assertEquals(255, word.length());
        for (int i = 0; i < 255; i++) {
            int expected = i + 1 < 0x80 ? i + 1 : 0xDC00 + i + 1;
            assertEquals(expected, word.charAt(i), "byte " + (i + 1));
        }
    }

    @Test
    void a_word_cannot_forge_another_line_or_member() throws IOException {
        String forged = "\"]}\n{\"event\":\"start\",\"uid\":0}";
        String line = refusal(words(Bytes.utf8(forged)), "no");
        assertEquals(-1, line.indexOf('\n'));
        assertEquals(forged, firstWord(line));
    }

    @Test
    void text_that_is_utf_8_stays_what_it_is() throws IOException {
        assertEquals("é\u202e😀", firstWord(refusal(words(Bytes.utf8("é\u202e😀")), "no")));
        // A character that is cut off, overlong slashes, a surrogate: no UTF-8.
        assertEquals(
                "\udce2\udc82|\udcc0\udcaf|\udced\udca0\udc80",
                firstWord(refusal(words(Bytes.fromLatin1("\u00e2\u0082|\u00c0\u00af|\u00ed\u00a0\u0080")), "no")));
    }

    @Test
    void what_is_too_long_is_cut_and_marked() {
        Words one = Words.of(List.of(Bytes.utf8("x".repeat(Words.MOST_BYTES + 1)), Bytes.utf8("y")), false);
        assertEquals(Words.MOST_BYTES, one.words().get(0).length());
        assertTrue(one.isCut());
        assertEquals(1, one.words().size());
        Words many = Words.of(java.util.Collections.nCopies(Words.MOST_WORDS + 1, Bytes.utf8("z")), false);
        assertEquals(Words.MOST_WORDS, many.words().size());
        assertTrue(refusal(many, "no").contains("],\"argv_cut\":true,"));
        assertTrue(Words.of(List.of(), true).isCut());
        assertTrue(refusal(Words.none(), "m".repeat(5_000)).length() < 1_200);
    }

    @Test
    void the_others_have_few_words() {
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.000Z\",\"event\":\"service-start\",\"pid\":9}",
                Lines.of(new Entry.ServiceState(NOON, true, 9)));
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.000Z\",\"event\":\"service-end\",\"pid\":9}",
                Lines.of(new Entry.ServiceState(NOON, false, 9)));
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.000Z\",\"event\":\"lost\",\"lines\":3}",
                Lines.of(new Entry.Lost(NOON, 3)));
        assertEquals(
                "{\"time\":\"2026-11-28T12:00:00.000Z\",\"event\":\"omitted\",\"uid\":5,\"refusals\":2}",
                Lines.of(new Entry.Omitted(NOON, 5, 2)));
    }
}
