package mayfly.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class StatisticsTest {
    /** 1 to 100, in another order. */
    private static final double[] HUNDRED =
            IntStream.range(0, 100).mapToDouble(i -> i * 37 % 100 + 1).toArray();

    @Test
    void quantiles_are_values_that_were_measured() {
        assertEquals(50, Statistics.median(HUNDRED));
        assertEquals(99, Statistics.quantile(HUNDRED, 0.99));
        assertEquals(100, Statistics.quantile(HUNDRED, 1));
        assertEquals(1, Statistics.quantile(HUNDRED, 0));
        assertEquals(7, Statistics.median(new double[] {7}));
    }

    @Test
    void an_interval_is_around_its_figure_and_narrower_than_the_values() {
        Statistics.Interval interval = Statistics.interval(HUNDRED, 0.5);
        assertTrue(interval.low() > 25 && interval.low() < 50, interval.toString());
        assertTrue(interval.high() > 50 && interval.high() < 75, interval.toString());
        assertEquals(interval, Statistics.interval(HUNDRED, 0.5));
    }

    /** What slows a whole round is in both cases. */
    @Test
    void a_ratio_is_that_of_the_same_rounds() {
        double[] twice =
                IntStream.range(0, 100).mapToDouble(i -> 2 * HUNDRED[i]).toArray();
        assertEquals(new Statistics.Interval(2, 2), Statistics.ratioInterval(twice, HUNDRED, 0.5));
    }
}
