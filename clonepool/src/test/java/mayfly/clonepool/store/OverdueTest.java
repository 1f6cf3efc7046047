package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class OverdueTest {
    private final Overdue overdue = new Overdue();

    @Test
    void a_user_with_too_many_is_refused_until_one_has_ended_and_others_are_not() throws IOException {
        for (int i = 0; i < Overdue.MOST_OF_ONE; i++) {
            overdue.check(1);
            overdue.begin(1);
        }
        IOException refused = assertThrows(StoreException.class, () -> overdue.check(1));
        assertTrue(Failure.remedy(refused).contains("unmount"), refused.toString());
        overdue.check(2);
        overdue.end(1);
        overdue.check(1);
    }

    @Test
    void a_program_is_not_begun_for_who_has_too_many() throws IOException {
        for (int i = 0; i < Overdue.MOST_OF_ONE; i++) {
            overdue.begin(1);
        }
        Duration limit = Duration.ofMinutes(1);
        assertThrows(
                StoreException.class,
                () -> Program.at("/bin/true").on(1, overdue).run(limit, 0));
        assertTrue(Program.at("/bin/true").on(2, overdue).run(limit, 0).succeeded());
    }
}
