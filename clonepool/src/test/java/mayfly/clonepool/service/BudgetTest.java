package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class BudgetTest {
    private final Budget budget = new Budget(10, 6);

    @Test
    void nobody_has_more_than_his_share_and_all_not_more_than_there_is() {
        assertTrue(budget.take(1, 6));
        assertFalse(budget.take(1, 1));
        assertTrue(budget.take(2, 4));
        assertFalse(budget.take(3, 1));
    }

    @Test
    void what_is_released_can_be_had_again() {
        assertTrue(budget.take(1, 4));
        assertTrue(budget.take(1, 2));
        budget.release(1, 4);
        assertTrue(budget.take(1, 4));
        budget.release(1, 4);
        budget.release(1, 2);
        assertTrue(budget.take(2, 6));
        assertTrue(budget.take(1, 4));
    }
}
