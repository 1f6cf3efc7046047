package mayfly.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * What one benchmark measured: for each case its values, in the order in which they were measured. Where cases were
 * interleaved, values of the same index are of the same round.
 */
record Samples(Map<String, double[]> cases) {
    Samples {
        cases = Collections.unmodifiableMap(new LinkedHashMap<>(cases));
    }

    /**
     * Reads lines of a case's name and a value.
     *
     * @throws IOException also when a line is something else
     */
    static Samples read(Path file) throws IOException {
        Map<String, DoubleStream.Builder> values = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            int space = line.indexOf(' ');
            try {
                values.computeIfAbsent(line.substring(0, space), name -> DoubleStream.builder())
                        .add(Double.parseDouble(line.substring(space + 1)));
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw new IOException(file + ": cannot read the line: " + line, e);
            }
        }
        Map<String, double[]> cases = new LinkedHashMap<>();
        values.forEach((name, stream) -> cases.put(name, stream.build().toArray()));
        return new Samples(cases);
    }
}
