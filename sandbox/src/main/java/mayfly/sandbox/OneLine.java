package mayfly.sandbox;

/** Text of unknown origin made fit for one line of a message or a log. */
public final class OneLine {
    private OneLine() {}

    /** The text with its control characters escaped, as {@code \n} or <code>&#92;u001b</code>. */
    public static String of(String text) {
        if (text.chars().noneMatch(OneLine::isControl)) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append("\\n");
            } else if (c == '\t') {
                line.append("\\t");
            } else if (isControl(c)) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    /** The same, and at most {@code length} characters long. */
    public static String of(String text, int length) {
        String line = of(text);
        return line.length() <= length ? line : line.substring(0, length - 1) + "…";
    }

    /** Control and format characters, which could rewrite what stands around them on a terminal. */
    private static boolean isControl(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
