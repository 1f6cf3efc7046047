package mayfly.sandbox.backend;

import java.io.IOException;
import java.util.List;

/** Runs programs of the host's, with argument vectors, a limited time and a limited output. */
@FunctionalInterface
public interface HostPrograms {
    /**
     * What came of one.
     *
     * @param failure why it did not succeed; empty: it did
     */
    record Outcome(String output, String failure) {
        public boolean succeeded() {
            return failure.isEmpty();
        }
    }

    /** @param words its absolute path and its arguments */
    Outcome run(List<String> words) throws IOException;
}
