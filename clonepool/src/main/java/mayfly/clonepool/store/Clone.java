package mayfly.clonepool.store;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One clone, as its directory's name tells: {@code TEMPLATE_NANOS} and the state.
 *
 * @param template the template's name; {@link #NO_TEMPLATE} for runs in a directory of the caller's choice
 * @param nanos when it was made, in ns since 1970; unique among all that one service makes
 * @param snapshot what it is a clone of; empty: of the template as it was
 */
public record Clone(String template, long nanos, CloneState state, Optional<Snapshot> snapshot) {
    /** No template can have this name. */
    public static final String NO_TEMPLATE = "-t";

    private static final AtomicLong LAST = new AtomicLong(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));

    private static final Pattern NAME = Pattern.compile("(.+)_([0-9]{1,18}|[1-8][0-9]{18})(\\.[a-z]+)?");

    /** A number for a new one. */
    static long nextNanos() {
        return LAST.incrementAndGet();
    }

    /** Reads a directory's name, which does not tell the snapshot. */
    static Optional<Clone> of(String fileName) {
        Matcher matcher = NAME.matcher(fileName);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String suffix = matcher.group(3) == null ? "" : matcher.group(3);
        for (CloneState state : CloneState.values()) {
            if (state.suffix().equals(suffix)) {
                return Optional.of(
                        new Clone(matcher.group(1), Long.parseLong(matcher.group(2)), state, Optional.empty()));
            }
        }
        return Optional.empty();
    }

    /** The name that it keeps all its life. */
    public String id() {
        return template + "_" + nanos;
    }

    String fileName() {
        return id() + state.suffix();
    }

    /** The same clone in another state that may follow. */
    Clone in(CloneState following) {
        if (!state.next().contains(following)) {
            throw new IllegalStateException(id() + " cannot go from " + state + " to " + following);
        }
        return new Clone(template, nanos, following, snapshot);
    }

    /** The same clone, known to be of that snapshot. */
    Clone of(Optional<Snapshot> known) {
        return new Clone(template, nanos, state, known);
    }
}
