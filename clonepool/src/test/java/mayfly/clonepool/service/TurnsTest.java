package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    private final Turns<String> turns = new Turns<>();

    @Test
    void users_take_turns_and_the_things_of_one_stay_in_order() {
        for (int i = 0; i < 3; i++) {
            turns.add(1, "a" + i);
        }
        turns.add(2, "b");
        assertEquals(Optional.of("a0"), turns.next(uid -> true, thing -> true));
        assertEquals(Optional.of("b"), turns.next(uid -> true, thing -> true));
        turns.add(2, "c");
        assertEquals(Optional.of("a1"), turns.next(uid -> true, thing -> true));
        assertEquals(Optional.of("c"), turns.next(uid -> true, thing -> true));
        assertEquals(Optional.of("a2"), turns.next(uid -> true, thing -> true));
        assertEquals(Optional.empty(), turns.next(uid -> true, thing -> true));
    }

    @Test
    void who_may_not_have_a_turn_keeps_nobody_waiting() {
        turns.add(1, "a");
        turns.add(2, "b");
        assertEquals(Optional.of("b"), turns.next(uid -> uid != 1, thing -> true));
        assertEquals(Optional.empty(), turns.next(uid -> uid != 1, thing -> true));
        assertEquals(Optional.of("a"), turns.next(uid -> true, thing -> true));
    }

    @Test
    void what_was_removed_has_no_turn() {
        turns.add(1, "a");
        turns.add(1, "b");
        turns.remove(1, "a");
        turns.remove(1, "a");
        turns.remove(2, "b");
        assertEquals(Optional.of("b"), turns.next(uid -> true, thing -> true));
        assertEquals(Optional.empty(), turns.next(uid -> true, thing -> true));
    }
}
