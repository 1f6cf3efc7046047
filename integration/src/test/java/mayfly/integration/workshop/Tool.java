package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The machine's own programs, as the tests need them for themselves. */
public final class Tool {
    private static final int LIMIT_S = 60 * Eventually.SLOWNESS;

    private Tool() {}

    /** What the command prints, without the last newline; fails unless it exits with 0. */
    public static String output(String... words) {
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(List.of(words) + " does not end");
            }
            if (process.exitValue() != 0) {
                throw new AssertionError(List.of(words) + " exits with " + process.exitValue() + ": " + text);
            }
            return text.stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
