package mayfly.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BudgetTest {
    @TempDir
    private Path directory = Path.of("/");

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    /** What is held to the budget costs so much, and what it is compared with 1; rates the other way round. */
    private void measured(double value) throws IOException {
        Map<String, Map<String, Double>> files = new TreeMap<>();
        for (Budget.Row row : Budget.ROWS) {
            Map<String, Double> cases = files.computeIfAbsent(row.benchmark(), name -> new TreeMap<>());
            cases.put(row.measured(), row.most() ? value : 1);
            row.reference().ifPresent(name -> cases.putIfAbsent(name, row.most() ? 1 : value));
        }
        for (Map.Entry<String, Map<String, Double>> file : files.entrySet()) {
            List<String> lines = new ArrayList<>();
            file.getValue().forEach((name, figure) -> lines.add(name + " " + figure));
            Files.write(directory.resolve(file.getKey() + Report.SAMPLES), lines);
        }
    }

    /** Rows of what is not compared with another row's. */
    private static long absolute() {
        Set<String> measured = Budget.ROWS.stream()
                .map(row -> row.benchmark() + " " + row.measured())
                .collect(Collectors.toSet());
        return Budget.ROWS.stream()
                .filter(row -> row.reference()
                        .filter(name -> measured.contains(row.benchmark() + " " + name))
                        .isEmpty())
                .count();
    }

    private boolean check() throws IOException {
        return Budget.check(directory, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private String text() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void what_costs_next_to_nothing_keeps_the_budget() throws IOException {
        measured(0.01);
        assertTrue(check());
        assertEquals(Budget.ROWS.size(), text().split("\\| met \\|", -1).length - 1, text());
    }

    @Test
    void what_costs_much_does_not() throws IOException {
        measured(1000);
        assertFalse(check());
        assertEquals(absolute(), text().split("\\| missed \\|", -1).length - 1, text());
    }

    @Test
    void what_was_not_measured_is_not_kept() throws IOException {
        measured(0.01);
        Files.delete(directory.resolve("work" + Report.SAMPLES));
        assertFalse(check());
        assertTrue(text().contains("not measured"), text());
    }

    @Test
    void noise_is_no_miss() {
        Budget.Row row = Budget.ROWS.get(0);
        assertFalse(Budget.isExceeded(row, new Budget.Figure(2.6, new Statistics.Interval(2.4, 2.8))));
        assertTrue(Budget.isExceeded(row, new Budget.Figure(2.6, new Statistics.Interval(2.55, 2.8))));
    }

    @Test
    void a_line_that_is_no_sample_is_told() throws IOException {
        Path file = Files.writeString(directory.resolve("x.samples"), "bare 1.5\nbare: failed\n");
        assertTrue(String.valueOf(assertThrows(IOException.class, () -> Samples.read(file))
                        .getMessage())
                .contains("bare: failed"));
    }
}
