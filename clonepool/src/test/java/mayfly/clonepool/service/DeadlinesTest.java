package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DeadlinesTest {
    private final Deadlines<String> deadlines = new Deadlines<>(Duration.ofNanos(10));

    @Test
    void things_expire_in_order_and_once() {
        deadlines.add("a", 100);
        deadlines.add("b", 105);
        assertEquals(5, deadlines.left(105));
        assertEquals(Optional.empty(), deadlines.expired(109));
        assertEquals(Optional.of("a"), deadlines.expired(110));
        assertEquals(Optional.empty(), deadlines.expired(110));
        assertEquals(0, deadlines.left(200));
        assertEquals(Optional.of("b"), deadlines.expired(200));
        assertEquals(Long.MAX_VALUE, deadlines.left(200));
    }

    @Test
    void what_is_removed_never_expires() {
        deadlines.add("a", 0);
        deadlines.remove("a");
        assertEquals(Optional.empty(), deadlines.expired(1000));
    }

    @Test
    void the_next_can_be_taken_before_its_time() {
        deadlines.add("a", 0);
        deadlines.add("b", 0);
        assertEquals(Optional.of("a"), deadlines.next());
        assertEquals(Optional.of("b"), deadlines.next());
        assertEquals(Optional.empty(), deadlines.next());
    }
}
