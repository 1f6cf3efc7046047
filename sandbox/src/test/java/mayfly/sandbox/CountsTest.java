package mayfly.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class CountsTest {
    @Test
    void each_has_a_count_of_its_own_that_is_never_less_than_none() {
        Counts<String> counts = new Counts<>();
        counts.add("a");
        counts.add("a");
        counts.add("b");
        counts.remove("a");
        assertEquals(1, counts.of("a"));
        counts.remove("a");
        counts.remove("a");
        assertEquals(0, counts.of("a"));
        assertEquals(1, counts.of("b"));
    }
}
