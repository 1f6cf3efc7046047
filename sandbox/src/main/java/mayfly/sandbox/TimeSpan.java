package mayfly.sandbox;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them in options and in the configuration: {@code 90}, {@code 90s}, {@code 15m}, {@code 8h}, {@code 7d}. */
public final class TimeSpan {
    /** What is expected, for messages. */
    public static final String SYNTAX = "a number with s, m, h or d, as 30m";

    private static final Pattern WORD = Pattern.compile("([1-9][0-9]{0,8})([smhd]?)");
    private static final String UNITS = "smhd";
    private static final long[] SECONDS = {1, 60, 3_600, 86_400};

    /** The longest that is understood: a year. */
    public static final long MOST_SECONDS = 366 * 86_400L;

    private TimeSpan() {}

    /** In seconds, from 1 to {@link #MOST_SECONDS}; empty when the word is no time. */
    public static OptionalLong seconds(String word) {
        Matcher matcher = WORD.matcher(word);
        if (!matcher.matches()) {
            return OptionalLong.empty();
        }
        String unit = matcher.group(2);
        long seconds = Long.parseLong(matcher.group(1)) * (unit.isEmpty() ? 1 : SECONDS[UNITS.indexOf(unit)]);
        return seconds > MOST_SECONDS ? OptionalLong.empty() : OptionalLong.of(seconds);
    }

    /** The shortest word for it. */
    public static String word(long seconds) {
        for (int i = SECONDS.length - 1; i > 0; i--) {
            if (seconds > 0 && seconds % SECONDS[i] == 0) {
                return seconds / SECONDS[i] + UNITS.substring(i, i + 1);
            }
        }
        return seconds + "s";
    }
}
