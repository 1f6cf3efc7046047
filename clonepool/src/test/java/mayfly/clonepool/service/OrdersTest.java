package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.service.Workers.Urgency;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.Shape;
import org.junit.jupiter.api.Test;

final class OrdersTest {
    private static final long MILLISECOND = 1_000_000L;

    private final List<String> begun = new ArrayList<>();
    private final Orders orders = new Orders(
            3, 2, (shape, urgency) -> begun.add(name(shape) + (urgency == Urgency.STOCK ? " for stock" : "")));

    private static Shape shape(long uid, String template) {
        return new Shape(
                new Caller(uid, uid, List.of()),
                Optional.of(template),
                "bwrap",
                Isolation.FULL,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** One on a directory of the user's. */
    private static Shape shape(long uid) {
        return new Shape(
                new Caller(uid, uid, List.of()),
                Optional.empty(),
                "bwrap",
                Isolation.FULL,
                List.of(),
                Optional.of(Bytes.utf8("/directory")),
                Optional.empty());
    }

    private static String name(Shape shape) {
        return shape.template().orElse("a directory of " + shape.caller().uid());
    }

    private List<String> begun(long now) {
        orders.tick(now);
        List<String> names = List.copyOf(begun);
        begun.clear();
        return names;
    }

    @Test
    void a_user_has_no_more_than_a_share_and_others_are_not_behind_him() {
        for (int i = 0; i < 100; i++) {
            orders.add(shape(1, "a" + i), true, 0);
        }
        orders.add(shape(2, "b"), true, 0);
        assertEquals(List.of("a0", "b", "a1"), begun(0));
        orders.done(shape(2, "b"));
        assertEquals(List.of(), begun(0));
        orders.done(shape(1, "a0"));
        assertEquals(List.of("a2"), begun(0));
    }

    @Test
    void what_somebody_waits_for_goes_before_stock_which_rests_first() {
        orders.add(shape(1, "a"), false, 0);
        assertEquals(List.of(), begun(4 * MILLISECOND));
        orders.add(shape(2, "b"), true, 5 * MILLISECOND);
        assertEquals(List.of("b", "a for stock"), begun(5 * MILLISECOND));
    }

    @Test
    void the_end_of_a_lease_wakes_what_rests() {
        orders.add(shape(1, "a"), false, 0);
        orders.wake();
        assertEquals(List.of("a for stock"), begun(0));
    }

    @Test
    void stock_becomes_urgent_when_somebody_waits_for_it() {
        orders.add(shape(1, "a"), false, 0);
        orders.hurry(shape(1, "a"));
        assertEquals(List.of("a"), begun(0));
        assertEquals(List.of(), begun(10 * MILLISECOND));
    }

    @Test
    void what_is_taken_back_is_not_begun() {
        orders.add(shape(1, "a"), true, 0);
        orders.add(shape(1, "a"), false, 0);
        orders.add(shape(1, "b"), true, 0);
        assertTrue(orders.cancel(shape(1, "a")));
        assertTrue(orders.cancel(shape(1, "a")));
        assertFalse(orders.cancel(shape(1, "a")));
        assertEquals(List.of("b"), begun(10 * MILLISECOND));
        assertFalse(orders.cancel(shape(1, "b")));
    }

    @Test
    void there_is_something_to_do_until_the_last_is_done() {
        assertTrue(orders.isIdle());
        orders.add(shape(1, "a"), true, 0);
        orders.add(shape(1, "b"), false, 0);
        orders.tick(0);
        orders.clear();
        assertFalse(orders.isIdle());
        orders.done(shape(1, "a"));
        assertTrue(orders.isIdle());
        assertEquals(List.of("a"), begun(10 * MILLISECOND));
    }

    @Test
    void a_template_has_no_more_than_a_share_but_the_directories_of_users_are_not_one_place() {
        for (long uid = 1; uid <= 3; uid++) {
            orders.add(shape(uid, "slow"), true, 0);
        }
        assertEquals(List.of("slow", "slow"), begun(0));
        orders.done(shape(1, "slow"));
        orders.done(shape(2, "slow"));
        assertEquals(List.of("slow"), begun(0));
        orders.done(shape(3, "slow"));
        for (long uid = 1; uid <= 3; uid++) {
            orders.add(shape(uid), true, 0);
        }
        assertEquals(List.of("a directory of 1", "a directory of 2", "a directory of 3"), begun(0));
        for (long uid = 1; uid <= 3; uid++) {
            orders.done(shape(uid));
        }
        assertTrue(orders.isIdle());
    }
}
