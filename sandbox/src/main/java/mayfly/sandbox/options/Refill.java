package mayfly.sandbox.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;

/**
 * What {@code -r} asks for in place of a run.
 *
 * @param count how many clones there are to be, as it was given
 */
public record Refill(
        Bytes template, Optional<Bytes> count, boolean force, boolean sweep, boolean quiet, boolean trace) {
    /** The words of the subcommand that does it. */
    public List<Bytes> subcommand() {
        List<Bytes> words = new ArrayList<>();
        words.add(Bytes.utf8("pool"));
        words.add(Bytes.utf8("refill"));
        add(words, force, "--force");
        add(words, sweep, "--sweep");
        add(words, quiet, "--quiet");
        add(words, trace, "--trace");
        words.add(Bytes.utf8("--"));
        words.add(template);
        count.ifPresent(words::add);
        return words;
    }

    private static void add(List<Bytes> words, boolean given, String option) {
        if (given) {
            words.add(Bytes.utf8(option));
        }
    }
}
