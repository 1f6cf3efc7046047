package mayfly.clonepool.store;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import mayfly.sandbox.backend.HostPrograms;

/** The programs of the host's that are run around sandboxes. Thread-safe. */
public final class Programs implements HostPrograms {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int OUTPUT_BYTES = 1 << 20;

    @Override
    public Outcome run(List<String> words) throws IOException {
        Program.Result result = Program.at(words.get(0))
                .with(words.subList(1, words.size()).toArray(new String[0]))
                .run(LIMIT, OUTPUT_BYTES);
        if (result.succeeded() && !result.isWhole()) {
            return new Outcome("", "it says more than " + OUTPUT_BYTES + " bytes");
        }
        return new Outcome(result.output().text(), result.succeeded() ? "" : result.failure());
    }
}
