package mayfly.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import mayfly.client.MayflyException;
import org.junit.jupiter.api.Test;

class PersonTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private boolean agrees(String typed, boolean usually) throws MayflyException {
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Person(new ByteArrayInputStream(typed.getBytes(StandardCharsets.US_ASCII)), printed, true)
                .agrees("Really?", usually);
    }

    @Test
    void an_empty_line_is_the_usual_answer() throws MayflyException {
        assertTrue(agrees("\n", true));
        assertFalse(agrees("\n", false));
        assertEquals("Really? [Y/n] Really? [y/N] ", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void only_a_yes_is_one() throws MayflyException {
        assertTrue(agrees("y\n", false));
        assertTrue(agrees(" YES \n", false));
        assertFalse(agrees("n\n", true));
        assertFalse(agrees("yesterday\n", true));
    }

    @Test
    void who_leaves_without_a_word_has_not_agreed() throws MayflyException {
        assertFalse(agrees("", true));
        assertFalse(agrees("y", true));
    }
}
