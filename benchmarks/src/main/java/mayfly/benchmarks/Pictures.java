package mayfly.benchmarks;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws samples, as SVG and PNG: latencies of all cases on one axis, throughput by clients, cost of growth by clones. */
final class Pictures {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 560;
    private static final double PERCENT = 100;
    private static final Color GRID = new Color(0xDDDDDD);

    /** Of the cases of one program: shades of one hue. */
    private static final List<Color> MAYFLY =
            colors(0x00695C, 0x2E9E6B, 0x66BB6A, 0x9CCC65, 0x26A69A, 0x00897B, 0x43A047, 0x7CB342, 0x004D40);

    private static final List<Color> BWRAP = colors(0xE65100, 0xFB8C00, 0xFFB74D);
    private static final List<Color> BARE = colors(0x212121, 0x757575);
    private static final List<Color> OTHERS =
            colors(0x1565C0, 0x6A1B9A, 0xAD1457, 0x5D4037, 0x0288D1, 0x8E24AA, 0xC62828, 0x9E9D24, 0x37474F, 0x3949AB);

    private Pictures() {}

    /** Draws what the directory has samples for. */
    static void draw(Path directory) throws IOException {
        latencies(directory);
        Path load = directory.resolve("load" + Report.SAMPLES);
        if (Files.exists(load)) {
            throughput(Samples.read(load), directory.resolve("load"));
        }
        growth(directory);
    }

    private static void latencies(Path directory) throws IOException {
        XYChart chart = chart("Start to exit of a whole command", "ms", "share of runs that are not slower, %");
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setYAxisMax(PERCENT);
        Palette palette = new Palette();
        for (String name : List.of("launch", "slow")) {
            Path file = directory.resolve(name + Report.SAMPLES);
            if (!Files.exists(file)) {
                continue;
            }
            for (Map.Entry<String, double[]> entry : Samples.read(file).cases().entrySet()) {
                String label = entry.getKey() + "  " + Report.number(Statistics.median(entry.getValue()));
                // Cases of both are there for comparison within one run; the first has them for this picture.
                if (!entry.getKey().endsWith("-libc") && palette.isNew(entry.getKey())) {
                    line(chart, label, distribution(entry.getValue()), palette.of(entry.getKey()));
                }
            }
        }
        if (!chart.getSeriesMap().isEmpty()) {
            save(chart, directory.resolve("launch"));
        }
    }

    /** Points of the distribution function: ms, per cent. */
    private static List<double[]> distribution(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < sorted.length; i++) {
            points.add(new double[] {sorted[i], PERCENT * (i + 1) / sorted.length});
        }
        return points;
    }

    private static void throughput(Samples samples, Path file) throws IOException {
        Map<String, List<double[]>> lines = new TreeMap<>();
        samples.cases().forEach((name, values) -> {
            String[] parts = name.split("\\.", -1);
            if (parts.length == 3 && parts[2].equals("per_second")) {
                lines.computeIfAbsent(parts[0], key -> new ArrayList<>())
                        .add(new double[] {Double.parseDouble(parts[1]), values[0]});
            }
        });
        XYChart chart = chart("Commands back to back", "clients at once", "commands a second");
        chart.getStyler().setYAxisMin(0.0);
        draw(chart, lines, file);
    }

    private static void growth(Path directory) throws IOException {
        Map<String, List<double[]>> lines = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "growth-*" + Report.SAMPLES)) {
            for (Path file : files) {
                String store = String.valueOf(file.getFileName())
                        .replace("growth-", "")
                        .replace(Report.SAMPLES, "");
                Samples.read(file).cases().forEach((name, values) -> {
                    String[] parts = name.split("\\.", -1);
                    if (parts.length == 2 && parts[1].equals("resident_mib")) {
                        lines.computeIfAbsent(store, key -> new ArrayList<>())
                                .add(new double[] {Double.parseDouble(parts[0]), values[0]});
                    }
                });
            }
        }
        XYChart chart = chart("Ready clones", "clones", "the service's resident memory, MiB");
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0);
        draw(chart, lines, directory.resolve("growth"));
    }

    private static void draw(XYChart chart, Map<String, List<double[]>> lines, Path file) throws IOException {
        if (lines.isEmpty()) {
            return;
        }
        Palette palette = new Palette();
        for (Map.Entry<String, List<double[]>> entry : lines.entrySet()) {
            line(chart, entry.getKey(), entry.getValue(), palette.of(entry.getKey()))
                    .setMarker(SeriesMarkers.CIRCLE);
        }
        save(chart, file);
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler()
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setPlotGridLinesColor(GRID);
        return chart;
    }

    private static XYSeries line(XYChart chart, String label, List<double[]> points, Color color) {
        XYSeries series = chart.addSeries(
                label,
                points.stream().mapToDouble(point -> point[0]).toArray(),
                points.stream().mapToDouble(point -> point[1]).toArray());
        series.setMarkerColor(color).setMarker(SeriesMarkers.NONE).setLineColor(color);
        series.setLineStyle(new BasicStroke(2));
        return series;
    }

    private static void save(XYChart chart, Path file) throws IOException {
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
    }

    private static List<Color> colors(int... values) {
        return Arrays.stream(values).mapToObj(Color::new).toList();
    }

    /** Gives each case a colour: those of one program are alike. */
    private static final class Palette {
        private final List<String> given = new ArrayList<>();

        boolean isNew(String name) {
            return !given.contains(name);
        }

        Color of(String name) {
            List<Color> hue = hue(name);
            long before = given.stream().filter(it -> hue(it) == hue).count();
            given.add(name);
            return hue.get((int) before % hue.size());
        }

        private static List<Color> hue(String name) {
            return switch (name.split("-", 2)[0]) {
                case "mayfly" -> MAYFLY;
                case "bwrap" -> BWRAP;
                case "bare" -> BARE;
                default -> OTHERS;
            };
        }
    }
}
