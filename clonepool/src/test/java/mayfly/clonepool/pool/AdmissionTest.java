package mayfly.clonepool.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import mayfly.clonepool.config.Limits;
import org.junit.jupiter.api.Test;

final class AdmissionTest {
    private final Admission<String> admission = new Admission<>(() -> new Limits(3, 2, 0, 0, 0, 100));

    @Test
    void a_user_has_a_limit_that_leaves_room_for_others() {
        assertTrue(admission.admit(1));
        assertTrue(admission.admit(1));
        assertFalse(admission.admit(1));
        assertTrue(admission.admit(2));
        assertFalse(admission.admit(2));
        assertEquals(3, admission.running());
    }

    @Test
    void a_refusal_names_the_limit_that_was_reached() {
        admission.admit(1);
        admission.admit(1);
        admission.admit(2);
        assertEquals(
                "cannot claim a sandbox: 2 sandboxes are running, the limit of [limits] sandboxes-per-user",
                admission.refusal(1).getMessage());
        assertEquals(
                "cannot claim a sandbox: 3 sandboxes are running, the limit of [limits] sandboxes",
                admission.refusal(2).getMessage());
    }

    @Test
    void who_waits_is_next_in_order_but_not_behind_anothers_limit() {
        admission.admit(1);
        admission.admit(1);
        admission.await("first of 1", 1);
        admission.await("second of 1", 1);
        admission.await("of 2", 2);
        assertEquals(Optional.of("of 2"), admission.next());
        assertEquals(Optional.empty(), admission.next());
        admission.release(1);
        assertEquals(Optional.of("first of 1"), admission.next());
        admission.withdraw("second of 1");
        admission.release(1);
        assertEquals(Optional.empty(), admission.next());
    }

    @Test
    void it_is_idle_when_nobody_has_or_wants_anything() {
        assertTrue(admission.isIdle());
        admission.admit(1);
        assertFalse(admission.isIdle());
        admission.release(1);
        assertTrue(admission.isIdle());
        admission.await("w", 1);
        assertFalse(admission.isIdle());
    }
}
