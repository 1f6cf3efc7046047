package mayfly.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What Mayfly may cost, as ratios of what was measured in one run, and whether it does. */
final class Budget {
    private static final String LAUNCH = "launch";
    private static final String LOAD = "load";
    private static final double[] NONE = {1};

    /**
     * A limit.
     *
     * @param benchmark whose samples hold both cases
     * @param reference what the case is divided by; empty: nothing
     * @param quantile of both
     * @param most whether the limit is what it may be at most; else at least
     */
    record Row(
            String what,
            String benchmark,
            String measured,
            Optional<String> reference,
            double quantile,
            double limit,
            boolean most) {

        private static Row ratio(
                String what, String benchmark, String measured, String reference, double quantile, double most) {
            return new Row(what, benchmark, measured, Optional.of(reference), quantile, most, true);
        }

        private static Row rate(String what, String benchmark, String measured, String reference, double least) {
            return new Row(what, benchmark, measured, Optional.of(reference), 0.5, least, false);
        }

        private static Row value(String what, String benchmark, String measured, double most) {
            return new Row(what, benchmark, measured, Optional.empty(), 0.5, most, true);
        }
    }

    /** A row's figure, and where it is with 95 % confidence. */
    record Figure(double value, Statistics.Interval interval) {}

    static final List<Row> ROWS = List.of(
            Row.ratio("warm against bare", LAUNCH, "mayfly", "bare", 0.5, 2.5),
            Row.ratio("warm against bare, program of the system's libc", LAUNCH, "mayfly-libc", "bare-libc", 0.5, 2.5),
            Row.ratio("warm against bwrap", LAUNCH, "mayfly", "bwrap", 0.5, 0.35),
            Row.ratio(
                    "warm against bwrap, program of the system's libc", LAUNCH, "mayfly-libc", "bwrap-libc", 0.5, 0.35),
            Row.ratio("warm against bwrap, 99th percentile", LAUNCH, "mayfly", "bwrap", 0.99, 0.6),
            Row.ratio("with a bind against without", LAUNCH, "mayfly-binds", "mayfly", 0.5, 1.5),
            Row.ratio("in a session against warm", LAUNCH, "mayfly-session", "mayfly", 0.5, 1.5),
            Row.ratio("backend lxc against bwrap's", "slow", "mayfly-lxc", "mayfly", 0.5, 1.2),
            Row.ratio("launcher's --version against a Java hello world", "slow", "java-version", "java-hello", 0.5, 3),
            Row.rate("commands a second against bwrap's", LOAD, "mayfly.1.per_second", "bwrap.1.per_second", 0.8),
            Row.rate(
                    "commands a second against bwrap's, backend native",
                    LOAD,
                    "mayfly-native.1.per_second",
                    "bwrap.1.per_second",
                    0.8),
            Row.ratio("claim with 1,000 ready clones against 10", "growth-overlay", "many", "few", 0.5, 1.2),
            // Throughput at least 0.98 of the bare pipe's: time at most 1 / 0.98.
            Row.ratio("a pipe's bytes through the sandbox, time", "work", "pipe-mayfly", "pipe", 0.5, 1 / 0.98),
            Row.value("service's resident memory, MiB", LOAD, "service.resident_mib", 120),
            Row.value("service's processor time when idle, ms in 10 s", LOAD, "service.idle_cpu_ms_in_10_s", 10));

    private Budget() {}

    /** The row's figure, if the samples have it. */
    static Optional<Figure> figure(Row row, Samples samples) {
        double[] measured = samples.cases().get(row.measured());
        double[] reference = row.reference().isEmpty()
                ? NONE
                : samples.cases().get(row.reference().get());
        if (measured == null || reference == null) {
            return Optional.empty();
        }
        double value = Statistics.quantile(measured, row.quantile()) / Statistics.quantile(reference, row.quantile());
        Statistics.Interval interval = row.reference().isPresent()
                ? Statistics.ratioInterval(measured, reference, row.quantile())
                : new Statistics.Interval(value, value);
        return Optional.of(new Figure(value, interval));
    }

    /** Whether it is exceeded by more than the figure's noise. */
    static boolean isExceeded(Row row, Figure figure) {
        return row.most()
                ? figure.interval().low() > row.limit()
                : figure.interval().high() < row.limit();
    }

    /** Whether the figure itself is within the limit. */
    private static boolean isMet(Row row, Figure figure) {
        return row.most() ? figure.value() <= row.limit() : figure.value() >= row.limit();
    }

    /**
     * Prints all rows.
     *
     * @return whether all were measured, and none is exceeded
     */
    static boolean check(Path directory, PrintStream out) throws IOException {
        boolean good = true;
        out.println("| what | budget | measured | 95 % | |\n|---|---|---|---|---|");
        for (Row row : ROWS) {
            Path file = directory.resolve(row.benchmark() + Report.SAMPLES);
            Optional<Figure> figure = Files.exists(file) ? figure(row, Samples.read(file)) : Optional.empty();
            String limit = "| " + row.what() + " | " + (row.most() ? "≤ " : "≥ ") + Report.number(row.limit()) + " | ";
            if (figure.isEmpty()) {
                out.println(limit + "| | not measured |");
                good = false;
                continue;
            }
            boolean exceeded = isExceeded(row, figure.get());
            good &= !exceeded;
            out.println(limit + Report.number(figure.get().value()) + " | "
                    + Report.number(figure.get().interval().low()) + "–"
                    + Report.number(figure.get().interval().high()) + " | "
                    + (exceeded ? "missed" : isMet(row, figure.get()) ? "met" : "met within its noise") + " |");
        }
        return good;
    }
}
