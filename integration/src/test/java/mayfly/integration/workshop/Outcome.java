package mayfly.integration.workshop;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a command ended, and what it printed.
 *
 * @param stdout a character for each byte
 */
public record Outcome(List<String> command, int status, String stdout, String stderr) {
    private static final int SHOWN = 4000;

    /** Standard output as UTF-8, without the last newline. */
    public String text() {
        String text = new String(stdout.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    public List<String> lines() {
        return text().lines().toList();
    }

    /** Exit status 0, and nothing on standard error; gives the text. */
    public String succeeds() {
        if (status != 0 || !stderr.isEmpty()) {
            throw new AssertionError("not a success: " + this);
        }
        return text();
    }

    public Outcome exits(int expected) {
        if (status != expected) {
            throw new AssertionError("exit status " + expected + " expected: " + this);
        }
        return this;
    }

    /**
     * One message as Mayfly's are, and nothing on standard output.
     *
     * @param message what stands between {@code mayfly: } and the end of the line, a regular expression
     * @param remedy the second line, a regular expression; empty: there is none
     */
    public void fails(int expected, String message, String remedy) {
        exits(expected);
        String pattern = "mayfly: " + message + "\n" + (remedy.isEmpty() ? "" : remedy + "\n");
        if (!message.startsWith("cannot ") || !Pattern.matches(pattern, stderr) || !stdout.isEmpty()) {
            throw new AssertionError("the message " + pattern + " alone expected: " + this);
        }
    }

    @Override
    public String toString() {
        return command + " exits with " + status + "\nstdout: " + shortened(text()) + "\nstderr: " + shortened(stderr);
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
