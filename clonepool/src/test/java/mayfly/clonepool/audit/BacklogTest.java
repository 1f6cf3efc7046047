package mayfly.clonepool.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BacklogTest {
    private static Entry of(long uid) {
        return new Entry.Refusal(0, new Who(uid, uid, uid, 1, Optional.empty()), Words.none(), "");
    }

    @Test
    void entries_come_out_in_their_order_and_once() {
        Backlog backlog = new Backlog(1 << 20);
        Entry first = of(1);
        Entry second = of(2);
        backlog.add(first);
        backlog.add(second);
        Backlog.Batch batch = backlog.take();
        assertEquals(java.util.List.of(first, second), batch.entries());
        assertEquals(0, batch.lost());
        assertEquals(java.util.List.of(), backlog.take().entries());
    }

    @Test
    void one_user_cannot_take_the_room_of_others() {
        Backlog backlog = new Backlog(16L * Entry.FIXED_WEIGHT);
        for (int i = 0; i < 10; i++) {
            backlog.add(of(1));
        }
        backlog.add(of(2));
        Backlog.Batch batch = backlog.take();
        assertEquals(5, batch.entries().size());
        assertEquals(2, batch.entries().get(4).uid());
        assertEquals(6, batch.lost());
    }

    @Test
    void all_users_together_are_bounded_too_and_there_is_room_again_afterwards() {
        Backlog backlog = new Backlog(16L * Entry.FIXED_WEIGHT);
        for (int uid = 0; uid < 20; uid++) {
            backlog.add(of(uid));
        }
        Backlog.Batch batch = backlog.take();
        assertEquals(16, batch.entries().size());
        assertEquals(4, batch.lost());
        backlog.add(of(19));
        assertEquals(new Backlog.Batch(java.util.List.of(of(19)), 0), backlog.take());
    }
}
