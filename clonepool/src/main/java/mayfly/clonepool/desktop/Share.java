package mayfly.clonepool.desktop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunRequest;

/**
 * What a run gets of its caller's desktop.
 *
 * @param binds what it is given
 * @param masks what covers files that it is not to see
 * @param variables {@code NAME=VALUE}
 * @param cookies files that were made for it, to be removed when the run is over or nothing comes of it
 */
public record Share(List<Bind> binds, List<Bind> masks, List<Bytes> variables, List<Path> cookies) {
    /** Nothing of it. */
    public static final Share NOTHING = new Share(List.of(), List.of(), List.of(), List.of());

    public Share {
        binds = List.copyOf(binds);
        masks = List.copyOf(masks);
        variables = List.copyOf(variables);
        cookies = List.copyOf(cookies);
    }

    /** The request with all this. */
    public RunRequest addedTo(RunRequest request) throws RefusedException {
        return request.with(binds, masks, variables);
    }

    /** This and another one. */
    Share and(Share other) {
        return new Share(
                both(binds, other.binds),
                both(masks, other.masks),
                both(variables, other.variables),
                both(cookies, other.cookies));
    }

    private static <T> List<T> both(List<T> one, List<T> other) {
        List<T> both = new ArrayList<>(one);
        both.addAll(other);
        return both;
    }
}
