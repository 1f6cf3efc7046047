package mayfly.client;

import java.util.List;
import mayfly.sandbox.Bytes;

/** The words that were to be run say a subcommand, as those with {@code -r} do: nothing was run. */
public final class SubcommandException extends MayflyException {
    private static final long serialVersionUID = 1L;

    private final transient List<Bytes> words;

    SubcommandException(List<Bytes> words) {
        super(
                "cannot run a command: the options are those of mayfly "
                        + String.join(" ", words.stream().map(Bytes::text).toList()),
                "");
        this.words = List.copyOf(words);
    }

    /** The subcommand with its words. */
    public List<Bytes> words() {
        return words;
    }
}
