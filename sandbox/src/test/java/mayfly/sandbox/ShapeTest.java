package mayfly.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ShapeTest {
    private static final Caller CALLER = new Caller(7, 8, List.of(9L, 10L));

    @Test
    void a_shape_has_either_a_template_or_a_directory() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Shape(
                        CALLER,
                        Optional.empty(),
                        "bwrap",
                        Isolation.FULL,
                        List.of(),
                        Optional.empty(),
                        Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Shape(
                        CALLER,
                        Optional.of("host"),
                        "bwrap",
                        Isolation.FULL,
                        List.of(),
                        Optional.of(Bytes.utf8("/x")),
                        Optional.empty()));
    }

    @Test
    void groups_are_a_list_for_mayfly_enter() {
        assertEquals("9,10", CALLER.groupList());
        assertEquals("-", new Caller(0, 0, List.of()).groupList());
    }

    @Test
    void a_refusal_is_one_line() {
        RefusedException refusal = new RefusedException("cannot use a\nb: no", "try\tagain");
        assertEquals("cannot use a\\nb: no", refusal.getMessage());
        assertEquals(Optional.of("try\\tagain"), refusal.remedy());
        assertEquals(Optional.empty(), new RefusedException("cannot").remedy());
    }
}
