package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Locale;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QuestionTest {
    @Test
    void each_question_is_known_by_its_name() throws RefusedException {
        for (Question question : Question.values()) {
            String name = question.name().toLowerCase(Locale.ROOT);
            assertEquals(question, Question.read("{\"ask\":\"" + name + "\"}"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "[]",
                "\"status\"",
                "{\"ask\":1}",
                "{\"ask\":null}",
                "{\"ask\":\"\"}",
                "{\"ask\":\"STATUS\"}",
                "{\"ask\":\"status\",\"x\":1}",
                "{\"ask\":\"status\"}{}",
                "{\"asks\":\"status\"}"
            })
    void anything_else_is_refused(String json) {
        assertThrows(RefusedException.class, () -> Question.read(json));
    }
}
