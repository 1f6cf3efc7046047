package mayfly.client;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;

/**
 * The caller's hooks as his variables name them.
 *
 * @param pre shell commands that run before the command
 * @param post shell commands that run after it
 * @param seconds how long each may take
 */
record HookVariables(Optional<Bytes> pre, Optional<Bytes> post, int seconds) {
    static final Bytes PRE = Bytes.utf8("PRE_SPAWN_HOOK");
    static final Bytes POST = Bytes.utf8("POST_SPAWN_HOOK");
    private static final Bytes SECONDS = Bytes.utf8("MAYFLY_HOOK_SECONDS");
    private static final int DEFAULT_SECONDS = 60;
    private static final int MOST_SECONDS = 86_400;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    static HookVariables none() {
        return new HookVariables(Optional.empty(), Optional.empty(), DEFAULT_SECONDS);
    }

    static HookVariables of(Map<Bytes, Bytes> variables) throws MayflyException {
        Optional<Bytes> pre = unlessEmpty(variables, PRE);
        Optional<Bytes> post = unlessEmpty(variables, POST);
        return new HookVariables(pre, post, pre.or(() -> post).isPresent() ? seconds(variables) : DEFAULT_SECONDS);
    }

    private static Optional<Bytes> unlessEmpty(Map<Bytes, Bytes> variables, Bytes name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
    }

    private static int seconds(Map<Bytes, Bytes> variables) throws MayflyException {
        String text = unlessEmpty(variables, SECONDS).map(Bytes::text).orElse(String.valueOf(DEFAULT_SECONDS));
        int seconds = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
        if (seconds < 1 || seconds > MOST_SECONDS) {
            throw new MayflyException(
                    "cannot use MAYFLY_HOOK_SECONDS: it is no number from 1 to " + MOST_SECONDS,
                    "set it right, or unset it for " + DEFAULT_SECONDS);
        }
        return seconds;
    }

    boolean isEmpty() {
        return pre.isEmpty() && post.isEmpty();
    }
}
