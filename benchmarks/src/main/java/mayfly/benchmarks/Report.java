package mayfly.benchmarks;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.Map;

/**
 * What is made of samples.
 *
 * <ul>
 *   <li>{@code table NAME...}: prints NAME.samples as a table and writes NAME.json
 *   <li>{@code pictures}: draws what there are samples for
 *   <li>{@code check}: prints the budget; exit status 1 when a row is exceeded or was not measured
 * </ul>
 *
 * All in the directory {@code build/bench}.
 */
final class Report {
    static final String SAMPLES = ".samples";
    private static final Path DIRECTORY = Path.of("build", "bench");
    private static final double P95 = 0.95;
    private static final double P99 = 0.99;

    private Report() {}

    /** @param words the order and its names */
    public static void main(String[] words) throws IOException {
        String order = words.length == 0 ? "" : words[0];
        switch (order) {
            case "table" -> {
                for (int i = 1; i < words.length; i++) {
                    Samples samples = Samples.read(DIRECTORY.resolve(words[i] + SAMPLES));
                    table(samples, System.out);
                    write(samples, DIRECTORY.resolve(words[i] + ".json"));
                }
            }
            case "pictures" -> Pictures.draw(DIRECTORY);
            case "check" -> System.exit(Budget.check(DIRECTORY, System.out) ? 0 : 1);
            default -> {
                System.err.println("usage: Report table NAME... | pictures | check");
                System.exit(2);
            }
        }
    }

    /** Three significant digits. */
    static String number(double value) {
        MathContext digits = new MathContext(3);
        return new BigDecimal(value).round(digits).stripTrailingZeros().toPlainString();
    }

    /** Ratios where cases were interleaved: then all have as many values. */
    private static void table(Samples samples, PrintStream out) {
        double[] first = samples.cases().values().iterator().next();
        boolean interleaved = samples.cases().values().stream().allMatch(values -> values.length == first.length);
        out.println("| case | median | 95 % | p95 | p99 | runs |" + (interleaved ? " × first |" : ""));
        out.println("|---|---|---|---|---|---|" + (interleaved ? "---|" : ""));
        samples.cases().forEach((name, values) -> {
            String median = "| " + name + " | " + number(Statistics.median(values)) + " | ";
            if (values.length == 1) {
                out.println(median + "| | | 1 |");
                return;
            }
            Statistics.Interval interval = Statistics.interval(values, 0.5);
            out.println(median + number(interval.low()) + "–" + number(interval.high()) + " | "
                    + number(Statistics.quantile(values, P95)) + " | " + number(Statistics.quantile(values, P99))
                    + " | "
                    + values.length + " |"
                    + (interleaved ? " " + number(Statistics.median(values) / Statistics.median(first)) + " |" : ""));
        });
    }

    /** Case → figures, of which single ones are what the case's name says. */
    private static void write(Samples samples, Path file) throws IOException {
        double[] first = samples.cases().values().iterator().next();
        try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            for (Map.Entry<String, double[]> entry : samples.cases().entrySet()) {
                double[] values = entry.getValue();
                json.writeObjectFieldStart(entry.getKey());
                if (values.length == 1) {
                    json.writeNumberField("value", values[0]);
                } else {
                    quantile(json, "median_ms", values, 0.5);
                    quantile(json, "p95_ms", values, P95);
                    quantile(json, "p99_ms", values, P99);
                    json.writeNumberField("runs", values.length);
                    json.writeNumberField("ratio", Statistics.median(values) / Statistics.median(first));
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        }
    }

    private static void quantile(JsonGenerator json, String name, double[] values, double share) throws IOException {
        Statistics.Interval interval = Statistics.interval(values, share);
        json.writeNumberField(name, Statistics.quantile(values, share));
        json.writeArrayFieldStart(name.replace("_ms", "_interval"));
        json.writeNumber(interval.low());
        json.writeNumber(interval.high());
        json.writeEndArray();
    }
}
