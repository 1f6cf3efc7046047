package mayfly.sandbox.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.Bytes;

/**
 * Option words that were read lately, with what they mean. The parser takes several times as long as everything else
 * that a claim needs, and clients repeat themselves.
 *
 * <p>Words that make up complete options mean the same in front of every command, so what was read once is found again
 * by the words alone. For one thread.
 */
final class KnownOptions {
    private static final int MOST = 64;
    private static final int LONGEST_BYTES = 4096;
    private static final int LONGEST_WORDS = 32;
    private static final Bytes END_OF_OPTIONS = Bytes.utf8("--");

    private final Map<List<Bytes>, RunRequest> known = new LinkedHashMap<>(MOST, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Bytes>, RunRequest> eldest) {
            return size() > MOST;
        }
    };

    /** The request of these words, if its options are known. {@code words} has the program's name in front. */
    Optional<RunRequest> find(List<Bytes> words) {
        int most = Math.min(words.size() - 1, LONGEST_WORDS);
        for (int end = 2; end <= most; end++) {
            // Where another option follows, these words are not all of them.
            if (words.get(end - 1).equals(END_OF_OPTIONS) || !RunOptions.isOption(words.get(end))) {
                RunRequest request = known.get(words.subList(1, end));
                if (request != null) {
                    return Optional.of(request);
                }
            }
        }
        return Optional.empty();
    }

    /** Keeps what the words in front of the request's command mean. */
    void keep(List<Bytes> words, RunRequest request) {
        List<Bytes> options = words.subList(1, request.first());
        int bytes = options.stream().mapToInt(Bytes::length).sum();
        boolean hasCommand = request.first() < words.size();
        if (hasCommand && request.refill().isEmpty() && options.size() < LONGEST_WORDS && bytes <= LONGEST_BYTES) {
            known.put(List.copyOf(options), request);
        }
    }
}
