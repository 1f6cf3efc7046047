package mayfly.sandbox.backend;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One thing that is done to the machine, outside of a sandbox, by a program of its own: no shell reads the words.
 *
 * @param doing what it does, after {@code cannot}
 * @param does a program's path and its arguments; none: somebody else does it, and it is only undone here
 * @param undoes the same that takes it away again, whether it was done, half done or not; none: there is nothing to undo
 * @param finds what its output must be like for the step to have succeeded
 */
public record HostStep(String doing, List<String> does, List<String> undoes, Finds finds) {
    /** Looks at what a program printed. */
    @FunctionalInterface
    public interface Finds {
        Finds ANYTHING = output -> {};

        /** @throws UnfitException when it is not as it has to be */
        void check(String output) throws UnfitException;
    }

    /** Why what a program printed will not do. */
    public static final class UnfitException extends Exception {
        private static final long serialVersionUID = 1L;

        UnfitException(String reason) {
            super(reason, null, false, false);
        }
    }

    public HostStep {
        does = List.copyOf(does);
        undoes = List.copyOf(undoes);
    }

    static HostStep of(String doing, List<String> does, List<String> undoes) {
        return new HostStep(doing, does, undoes, Finds.ANYTHING);
    }

    /** A look at the machine that changes nothing. */
    static HostStep look(String doing, List<String> does, Finds finds) {
        return new HostStep(doing, does, List.of(), finds);
    }

    /** All words of its program, for messages. */
    static String line(List<String> words) {
        return words.stream().collect(Collectors.joining(" "));
    }
}
