package mayfly.benchmarks;

import java.util.Arrays;
import java.util.Random;

/** Quantiles by nearest rank, and what is known of them: percentile bootstrap, always with the same random numbers. */
final class Statistics {
    private static final int RESAMPLES = 1000;
    private static final double OUTSIDE = 0.025;

    /** Where a figure is with 95 % confidence. */
    record Interval(double low, double high) {}

    private Statistics() {}

    /**
     * The value that a share of the others does not exceed.
     *
     * @param share from 0 to 1
     */
    static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return ofSorted(sorted, share);
    }

    private static double ofSorted(double[] sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted[Math.max(rank, 1) - 1];
    }

    static double median(double[] values) {
        return quantile(values, 0.5);
    }

    /** Of a quantile. */
    static Interval interval(double[] values, double share) {
        Random random = new Random(1);
        double[] found = new double[RESAMPLES];
        double[] drawn = new double[values.length];
        for (int i = 0; i < RESAMPLES; i++) {
            for (int j = 0; j < drawn.length; j++) {
                drawn[j] = values[random.nextInt(values.length)];
            }
            found[i] = quantile(drawn, share);
        }
        return between(found);
    }

    /** Of the same quantile of two cases, one by the other; measured in the same rounds, so rounds are drawn. */
    static Interval ratioInterval(double[] values, double[] reference, double share) {
        Random random = new Random(1);
        int rounds = Math.min(values.length, reference.length);
        double[] found = new double[RESAMPLES];
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        for (int i = 0; i < RESAMPLES; i++) {
            for (int j = 0; j < rounds; j++) {
                int round = random.nextInt(rounds);
                ours[j] = values[round];
                theirs[j] = reference[round];
            }
            found[i] = quantile(ours, share) / quantile(theirs, share);
        }
        return between(found);
    }

    private static Interval between(double[] found) {
        Arrays.sort(found);
        return new Interval(ofSorted(found, OUTSIDE), ofSorted(found, 1 - OUTSIDE));
    }
}
