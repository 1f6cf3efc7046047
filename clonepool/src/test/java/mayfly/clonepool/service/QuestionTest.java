package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuestionTest {
    private static Question read(String json) throws RefusedException {
        return QuestionReader.read(json.replace('\'', '"'));
    }

    @Test
    void each_question_has_its_members() throws RefusedException {
        assertEquals(new Question.Status(), read("{'ask':'status'}"));
        assertEquals(new Question.Templates(), read("{'ask':'templates'}"));
        assertEquals(new Question.Stop(), read("{'ask':'stop'}"));
        assertEquals(new Question.Sessions(), read("{'ask':'sessions'}"));
        assertEquals(new Question.EndSession("s", OptionalLong.empty()), read("{'ask':'end-session','session':'s'}"));
        assertEquals(
                new Question.EndSession("s", OptionalLong.of(4_294_967_294L)),
                read("{'ask':'end-session','session':'s','uid':'4294967294'}"));
        assertEquals(
                new Question.Refill("t", OptionalInt.of(5), true, false),
                read("{'force':true,'ready':5,'template':'t','ask':'refill'}"));
        assertEquals(
                new Question.Refill("p/d", OptionalInt.empty(), false, true),
                read("{'ask':'refill','template':'p/d','sweep':true}"));
        assertEquals(new Question.Drain(Optional.empty()), read("{'ask':'drain'}"));
        assertEquals(new Question.Drain(Optional.of("t")), read("{'ask':'drain','template':'t'}"));
        assertEquals(new Question.Create("t"), read("{'ask':'create','template':'t'}"));
        assertEquals(new Question.TakeSnapshot("t", Optional.empty()), read("{'ask':'snapshot','template':'t'}"));
        assertEquals(
                new Question.TakeSnapshot("t", Optional.of("s")), read("{'ask':'snapshot','template':'t','name':'s'}"));
        assertEquals(new Question.Snapshots("t"), read("{'ask':'snapshots','template':'t'}"));
        assertEquals(
                new Question.Rollback("t", Optional.of("s")), read("{'ask':'rollback','template':'t','snapshot':'s'}"));
        assertEquals(new Question.Destroy("t", Optional.empty()), read("{'ask':'destroy','template':'t'}"));
        assertEquals(new Question.Directory("t"), read("{'ask':'path','template':'t'}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "[]",
                "'status'",
                "{'ask':1}",
                "{'ask':null}",
                "{'ask':''}",
                "{'ask':['status']}",
                "{'ask':'STATUS'}",
                "{'ask':'status'}{}",
                "{'ask':'status','ask':'status'}",
                "{'asks':'status'}"
            })
    void anything_else_is_refused(String json) {
        assertThrows(RefusedException.class, () -> read(json));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'ask':'status','x':1}|the question status has no member x",
                "{'ask':'drain','ready':1}|the question drain has no member ready",
                "{'ask':'shutdown'}|there is no question shutdown",
                "{'ask':'create'}|its member template is missing",
                "{'ask':'create','template':''}|its member template is empty",
                "{'ask':'create','template':7}|its member template is not text",
                "{'ask':'refill','template':'t','ready':'5'}|its member ready is not a number",
                "{'ask':'refill','template':'t','ready':-1}|its member ready is less than 0",
                "{'ask':'refill','template':'t','ready':1.5}|the member ready is of another type",
                "{'ask':'refill','template':'t','force':1}|its member force is not true or false",
                "{'ask':'drain','template':null}|the member template is of another type",
                "{'ask':'drain','template':{}}|the member template is of another type",
                "{'a':1,'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1,'i':1}|it has more than 8 members"
            })
    void what_is_wrong_is_told(String json, String reason) {
        RefusedException e = assertThrows(RefusedException.class, () -> read(json));
        assertEquals("cannot answer the question: " + reason, e.getMessage());
    }

    @Test
    void a_number_beyond_all_bounds_is_still_a_number() throws RefusedException {
        assertEquals(
                new Question.Refill("t", OptionalInt.of(Integer.MAX_VALUE), false, false),
                read("{'ask':'refill','template':'t','ready':99999999999999999999999}"));
    }

    @Test
    void a_text_is_bounded() throws RefusedException {
        assertEquals(
                new Question.Create("x".repeat(255)), read("{'ask':'create','template':'" + "x".repeat(255) + "'}"));
        RefusedException e = assertThrows(
                RefusedException.class, () -> read("{'ask':'create','template':'" + "x".repeat(256) + "'}"));
        assertTrue(String.valueOf(e.getMessage()).endsWith("is longer than 255 characters"), e::getMessage);
    }

    @Test
    void the_document_names_every_question_and_its_members() throws IOException {
        String document = Files.readString(Path.of("..", "docs", "protocol.md"));
        document = document.substring(document.indexOf("| ask | members |"), document.indexOf("## The sandbox socket"));
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("(?m)^\\| ([a-z-]+) \\| ([a-z?, ]*) ?\\| ")
                .matcher(document.replace("| ask | members | answer |", ""));
        while (row.find()) {
            documented.add(row.group(1));
            StringBuilder json = new StringBuilder("{'ask':'" + row.group(1) + "'");
            for (String member : row.group(2).replace("?", "").strip().split(", ", -1)) {
                String value = member.equals("ready")
                        ? "1"
                        : member.equals("uid") ? "'1'" : member.matches("force|sweep") ? "true" : "'t'";
                json.append(member.isEmpty() ? "" : ",'" + member + "':" + value);
            }
            try {
                read(json.append('}').toString());
            } catch (RefusedException e) {
                throw new AssertionError(json.toString(), e);
            }
        }
        assertEquals(13, documented.size(), documented.toString());
    }
}
