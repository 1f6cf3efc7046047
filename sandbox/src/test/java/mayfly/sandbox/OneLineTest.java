package mayfly.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class OneLineTest {
    @Test
    void control_characters_are_escaped() {
        assertEquals("a\\nb\\tc\\u001b[31md", OneLine.of("a\nb\tc\u001b[31md"));
        assertEquals("\\u202e", OneLine.of("\u202e"));
        assertEquals("\\u2028", OneLine.of("\u2028"));
    }

    @Test
    void plain_text_stays_as_it_is() {
        assertEquals("grün – ok", OneLine.of("grün – ok"));
    }

    @Test
    void long_text_is_cut() {
        assertEquals("abc…", OneLine.of("abcdefg", 4));
        assertEquals("abcd", OneLine.of("abcd", 4));
    }
}
