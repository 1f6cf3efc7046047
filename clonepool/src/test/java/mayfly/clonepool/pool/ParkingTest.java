package mayfly.clonepool.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.config.Limits;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import org.junit.jupiter.api.Test;

final class ParkingTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<String> done = new ArrayList<>();
    private final Deque<Shape> orders = new ArrayDeque<>();
    private Limits limits = Limits.defaults();
    private Parking<String, String> parking = parking(16, 8);
    private int made;
    private long now;

    private Parking<String, String> parking(int parked, int parkedPerShape) {
        return parking(parked, parkedPerShape, parked);
    }

    private Parking<String, String> parking(int parked, int parkedPerShape, int parkedPerUser) {
        limits = new Limits(100, 100, parked, parkedPerShape, parkedPerUser, 100);
        return new Parking<>(() -> limits, new Parking.Orders<String, String>() {
            @Override
            public void make(Shape shape, boolean urgent) {
                orders.add(shape);
                done.add((urgent ? "urgent " : "make ") + shape.template().orElse("-"));
            }

            @Override
            public boolean cancel(Shape shape) {
                done.add("cancel " + name(shape));
                return orders.remove(shape);
            }

            @Override
            public void deliver(String waiter, String sandbox) {
                done.add(waiter + " gets " + sandbox);
            }

            @Override
            public void refuse(String waiter, RefusedException why) {
                done.add(waiter + " refused: " + why.getMessage());
            }

            @Override
            public void discard(String sandbox) {
                done.add("discard " + sandbox);
            }
        });
    }

    private static Shape shape(String template) {
        return shape(template, 1);
    }

    private static Shape shape(String template, long uid) {
        return new Shape(
                new Caller(uid, uid, List.of()),
                Optional.of(template),
                "bwrap",
                Isolation.FULL,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static String name(Shape shape) {
        return shape.template().orElseThrow();
    }

    /** Claims, and waits as {@code who} if nothing is parked. */
    private Optional<String> claim(String template, String who) {
        return claim(template, 1, who);
    }

    private Optional<String> claim(String template, long uid, String who) {
        Optional<String> parked = parking.take(shape(template, uid), now);
        if (parked.isEmpty()) {
            parking.await(shape(template, uid), who, now);
        }
        return parked;
    }

    /** Carries out all orders; the sandboxes are called s1, s2, … */
    private void makeAll() {
        while (!orders.isEmpty()) {
            parking.made(orders.remove(), "s" + ++made);
        }
    }

    private List<String> happened() {
        List<String> happened = List.copyOf(done);
        done.clear();
        return happened;
    }

    @Test
    void of_a_held_template_nothing_is_parked_until_it_is_released() {
        claim("t", "ann");
        makeAll();
        claim("other", "eve");
        makeAll();
        happened();
        parking.hold("t");
        assertEquals(List.of("discard s2"), happened());
        assertEquals(Optional.empty(), claim("t", "bob"));
        assertEquals(List.of("urgent t"), happened());
        makeAll();
        assertEquals(List.of("bob gets s5"), happened());
        assertEquals(1, parking.parked());

        parking.release("t");
        assertEquals(Optional.empty(), claim("t", "cid"));
        makeAll();
        assertEquals(List.of("urgent t", "make t", "cid gets s6"), happened());
        assertEquals(Optional.of("s7"), claim("t", "dan"));
    }

    @Test
    void lower_limits_have_what_was_used_least_given_up() {
        claim("old", 1, "ann");
        makeAll();
        claim("new", 1, "ann");
        makeAll();
        claim("old", 2, "bob");
        makeAll();
        assertEquals(3, parking.parked());
        happened();

        limits = new Limits(100, 100, 2, 8, 16, 100);
        parking.trim();
        assertEquals(List.of("discard s2"), happened());

        limits = new Limits(100, 100, 2, 0, 16, 100);
        parking.trim();
        assertEquals(0, parking.parked());
    }

    @Test
    void what_was_being_parked_of_a_template_when_it_was_held_is_given_up() {
        claim("t", "ann");
        parking.hold("t");
        makeAll();
        assertEquals(List.of("urgent t", "make t", "ann gets s1", "discard s2"), happened());
        assertEquals(0, parking.parked());
    }

    @Test
    void the_first_claim_makes_its_sandbox_and_one_to_park() {
        assertEquals(Optional.empty(), claim("host", "ann"));
        assertEquals(List.of("urgent host", "make host"), happened());
        makeAll();
        assertEquals(List.of("ann gets s1"), happened());
        assertEquals(1, parking.parked());
    }

    @Test
    void each_claim_orders_a_replacement_at_once() {
        claim("host", "ann");
        makeAll();
        happened();
        assertEquals(Optional.of("s2"), claim("host", "bob"));
        assertEquals(List.of("make host"), happened());
        assertEquals(0, parking.parked());
        makeAll();
        assertEquals(1, parking.parked());
    }

    @Test
    void shapes_do_not_mix() {
        claim("host", "ann");
        makeAll();
        assertEquals(Optional.empty(), claim("deb", "bob"));
    }

    @Test
    void who_waits_is_served_in_order() {
        claim("host", "ann");
        claim("host", "bob");
        claim("host", "eve");
        happened();
        makeAll();
        assertEquals(
                List.of("ann gets s1", "bob gets s2", "eve gets s3"), happened().subList(0, 3));
    }

    @Test
    void who_has_gone_loses_the_place() {
        claim("host", "ann");
        claim("host", "bob");
        happened();
        parking.withdraw(shape("host"), "ann");
        makeAll();
        assertTrue(happened().contains("bob gets s1"));
    }

    @Test
    void nothing_is_made_for_who_has_gone_before_it_was_begun() {
        claim("host", "ann");
        happened();
        parking.withdraw(shape("host"), "ann");
        assertEquals(List.of("cancel host", "cancel host"), happened());
        assertEquals(List.of(), parking.lines());
        claim("host", "bob");
        orders.remove();
        parking.withdraw(shape("host"), "bob");
        parking.made(shape("host"), "late");
        assertTrue(happened().contains("discard late"));
        assertEquals(List.of(), parking.lines());
    }

    @Test
    void who_was_answered_takes_nothing_back() {
        claim("host", "ann");
        Shape first = orders.remove();
        parking.made(first, "s1");
        happened();
        parking.withdraw(shape("host"), "ann");
        assertEquals(List.of(), happened());
        assertEquals(1, orders.size());
    }

    @Test
    void what_is_ordered_for_a_shape_in_use_is_made_although_one_has_gone() {
        claim("host", "ann");
        makeAll();
        parking.take(shape("host"), now);
        claim("host", "bob");
        happened();
        parking.withdraw(shape("host"), "bob");
        makeAll();
        assertEquals(2, parking.parked());
    }

    @Test
    void a_stock_in_use_that_cannot_be_filled_is_tried_again_after_growing_pauses() {
        claim("host", "ann");
        makeAll();
        parking.take(shape("host"), now);
        happened();
        for (long pause : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            parking.failed(orders.remove(), new RefusedException("cannot"), now);
            assertEquals(OptionalLong.of(now + pause * SECOND), parking.nextTick());
            now += pause * SECOND - 1;
            parking.tick(now);
            assertEquals(List.of(), happened());
            now++;
            parking.tick(now);
            assertEquals(List.of("make host"), happened());
        }
        makeAll();
        assertEquals(1, parking.parked());
    }

    @Test
    void a_stock_that_nobody_uses_is_not_tried_again_for_ever() {
        claim("host", "ann");
        makeAll();
        parking.take(shape("host"), now);
        parking.failed(orders.remove(), new RefusedException("cannot"), now);
        now = 600 * SECOND;
        parking.tick(now);
        assertEquals(0, orders.size());
        assertEquals(List.of(), parking.lines());
        assertEquals(OptionalLong.empty(), parking.nextTick());
    }

    @Test
    void nothing_is_parked_in_a_directory_of_the_callers() {
        Shape inDirectory = new Shape(
                new Caller(1, 1, List.of()),
                Optional.empty(),
                "bwrap",
                Isolation.FULL,
                List.of(),
                Optional.of(Bytes.utf8("/d")),
                Optional.empty());
        parking.await(inDirectory, "ann", now);
        assertEquals(List.of(inDirectory), List.copyOf(orders));
        parking.made(orders.remove(), "s1");
        assertTrue(happened().contains("ann gets s1"));
        assertEquals(List.of(), parking.lines());
    }

    @Test
    void nothing_is_parked_with_a_bind_whose_source_may_be_replaced() {
        Shape bound = new Shape(
                new Caller(1, 1, List.of()),
                Optional.of("host"),
                "bwrap",
                Isolation.FULL,
                List.of(new Bind(Bytes.utf8("/s"), Bytes.utf8("/d"), false)),
                Optional.empty(),
                Optional.empty());
        parking.await(bound, "ann", now);
        parking.made(orders.remove(), "s1");
        assertTrue(happened().contains("ann gets s1"));
        assertEquals(0, orders.size());
        assertEquals(List.of(), parking.lines());
    }

    @Test
    void who_has_most_gives_up_first() {
        parking = parking(3, 8);
        claim("a", 1, "w");
        claim("b", 2, "w");
        claim("c", 2, "w");
        makeAll();
        happened();
        claim("d", 2, "w");
        makeAll();
        assertTrue(happened().contains("discard s4"));
        claim("e", 1, "w");
        makeAll();
        assertTrue(happened().contains("discard s6"));
        assertEquals(
                List.of("a", "d", "e"),
                parking.lines().stream().map(line -> name(line.shape())).toList());
    }

    @Test
    void the_stock_doubles_when_it_was_empty_and_has_a_limit() {
        for (int i = 0; i < 6; i++) {
            claim("host", "w" + i);
        }
        assertEquals(8, parking.lines().get(0).target());
        makeAll();
        assertEquals(8, parking.parked());
    }

    @Test
    void a_failure_is_told_to_the_longest_waiting_and_the_next_claim_tries_again() {
        claim("host", "ann");
        claim("host", "bob");
        happened();
        parking.failed(orders.remove(), new RefusedException("cannot"), now);
        assertEquals(List.of("ann refused: cannot"), happened());
        parking.failed(orders.remove(), new RefusedException("cannot"), now);
        assertEquals(List.of("bob refused: cannot"), happened());
        while (!orders.isEmpty()) {
            parking.failed(orders.remove(), new RefusedException("cannot"), now);
        }
        assertEquals(List.of(), happened());
        assertEquals(List.of(), parking.lines());
        claim("host", "eve");
        assertEquals(List.of("urgent host", "make host"), happened());
    }

    @Test
    void every_waiter_is_served_when_orders_for_the_stock_fail() {
        claim("host", "ann");
        parking.failed(orders.removeLast(), new RefusedException("cannot"), now);
        assertEquals("ann refused: cannot", happened().get(2));
        claim("host", "bob");
        makeAll();
        assertTrue(happened().contains("bob gets s1"));
    }

    @Test
    void the_least_recently_used_shape_gives_up_first() {
        parking = parking(2, 8);
        claim("a", "w");
        makeAll();
        claim("b", "w");
        makeAll();
        happened();
        claim("c", "w");
        makeAll();
        assertTrue(happened().contains("discard s2"));
        assertEquals(2, parking.parked());
        assertEquals(Optional.empty(), parking.take(shape("a"), now));
        assertEquals(Optional.of("s4"), parking.take(shape("b"), now));
    }

    @Test
    void a_shape_that_was_used_before_all_others_parks_nothing_at_their_cost() {
        parking = parking(1, 8);
        claim("a", "w");
        Shape a = orders.remove();
        parking.made(a, "first");
        claim("b", "w");
        parking.made(shape("b"), "second");
        parking.made(shape("b"), "third");
        happened();
        parking.made(a, "late");
        assertEquals(List.of("discard late"), happened());
    }

    @Test
    void nothing_is_parked_when_that_is_forbidden() {
        parking = parking(0, 8);
        claim("a", "w");
        makeAll();
        assertEquals(List.of("urgent a", "w gets s1"), happened());
        assertEquals(List.of(), parking.lines());
    }

    @Test
    void a_parked_sandbox_that_dies_is_forgotten() {
        claim("a", "w");
        makeAll();
        assertTrue(parking.died("s2"));
        assertFalse(parking.died("s2"));
        assertFalse(parking.died("s1"));
        assertEquals(Optional.empty(), parking.take(shape("a"), now));
        assertEquals(List.of(), parking.lines());
    }

    @Test
    void what_is_unused_shrinks_to_one_and_then_to_none() {
        for (int i = 0; i < 3; i++) {
            claim("a", "w" + i);
        }
        makeAll();
        assertEquals(4, parking.parked());
        assertEquals(OptionalLong.of(60 * SECOND), parking.nextTick());
        now = 60 * SECOND;
        parking.tick(now);
        assertEquals(1, parking.parked());
        assertEquals(OptionalLong.of(600 * SECOND), parking.nextTick());
        now = 600 * SECOND;
        parking.tick(now);
        assertEquals(0, parking.parked());
        assertEquals(OptionalLong.empty(), parking.nextTick());
        assertEquals(List.of(), parking.lines());
    }

    @Test
    void a_stock_that_is_used_stays() {
        claim("a", "w");
        makeAll();
        now = 599 * SECOND;
        claim("a", "w");
        makeAll();
        now = 600 * SECOND;
        parking.tick(now);
        assertEquals(1, parking.parked());
        assertEquals(OptionalLong.of((599 + 600) * SECOND), parking.nextTick());
    }

    @Test
    void with_nothing_parked_there_is_no_time_to_wake_up_at() {
        claim("a", "w");
        assertEquals(OptionalLong.empty(), parking.nextTick());
    }

    @Test
    void renewing_replaces_what_is_parked_and_what_is_being_made() {
        claim("a", "w");
        makeAll();
        claim("a", "w");
        happened();
        parking.renew(shape -> name(shape).equals("a"));
        parking.made(orders.remove(), "old");
        assertTrue(happened().contains("discard old"));
        makeAll();
        assertEquals(1, parking.parked());
        parking.renew(shape -> true);
        assertEquals(List.of("discard s3", "make a"), happened());
        parking.renew(shape -> name(shape).equals("b"));
        assertEquals(List.of(), happened());
    }

    /** Two parked sandboxes of the shape, s2 under s3. */
    private void parkTwo() {
        claim("host", "ann");
        makeAll();
        claim("host", "bob");
        claim("host", "cat");
        makeAll();
        assertEquals(2, parking.parked());
        happened();
    }

    @Test
    void replacing_keeps_what_is_parked_until_its_place_is_taken() {
        parkTwo();
        parking.replace(shape -> true);
        assertEquals(List.of("make host", "make host"), happened());
        assertEquals(2, parking.parked());
        parking.made(orders.remove(), "new1");
        assertEquals(1, happened().size());
        assertEquals(2, parking.parked());
        assertEquals(Optional.of("new1"), claim("host", "dan"));
        assertEquals(List.of("make host"), happened());
        makeAll();
        assertEquals(2, parking.parked());
        assertEquals(1, happened().size());
    }

    @Test
    void what_is_being_replaced_can_be_taken_meanwhile() {
        parkTwo();
        parking.replace(shape -> true);
        assertTrue(claim("host", "dan").isPresent());
        assertTrue(claim("host", "eve").isPresent());
        assertEquals(Optional.empty(), claim("host", "fay"));
        happened();
        makeAll();
        assertFalse(happened().stream().anyMatch(event -> event.startsWith("discard")));
    }

    @Test
    void what_was_being_made_when_it_was_replaced_is_not_parked() {
        claim("host", "ann");
        parking.made(orders.remove(), "s1");
        happened();
        parking.replace(shape -> true);
        makeAll();
        assertEquals(List.of("discard s1", "make host"), happened());
    }

    @Test
    void a_user_gives_up_his_own_when_he_has_too_many() {
        parking = parking(16, 8, 1);
        parking.take(shape("a", 1), now);
        parking.await(shape("a", 1), "ann", now);
        makeAll();
        parking.await(shape("b", 1), "ann", now);
        parking.await(shape("a", 2), "bob", now);
        makeAll();
        assertEquals(2, parking.parked());
        assertEquals(
                List.of(1, 1),
                parking.lines().stream()
                        .filter(line -> line.parked() > 0)
                        .map(Parking.Line::parked)
                        .toList());
    }

    @Test
    void who_waits_is_served_in_spite_of_renewal() {
        claim("a", "w");
        parking.renew(shape -> true);
        happened();
        makeAll();
        assertEquals("w gets s1", happened().get(0));
        assertEquals(1, parking.parked());
    }

    @Test
    void what_cannot_be_made_as_it_was_before_renewal_is_made_as_it_is_now() {
        claim("a", "w");
        parking.renew(shape -> true);
        happened();
        Shape first = orders.remove();
        parking.failed(first, new RefusedException("cannot bind: gone"), now);
        assertEquals(List.of("urgent a"), happened());
        makeAll();
        assertEquals("w gets s1", happened().get(0));
    }

    @Test
    void what_fails_after_renewal_is_refused() {
        claim("a", "w");
        parking.renew(shape -> true);
        for (int ordered = orders.size() + 1; ordered > 0; ordered--) {
            happened();
            parking.failed(orders.remove(), new RefusedException("cannot bind: gone"), now);
        }
        assertTrue(happened().contains("w refused: cannot bind: gone"));
    }

    @Test
    void at_the_end_everything_is_given_up() {
        claim("a", "w");
        claim("b", "w");
        makeAll();
        happened();
        parking.discardAll();
        assertEquals(2, happened().size());
        assertEquals(0, parking.parked());
    }
}
