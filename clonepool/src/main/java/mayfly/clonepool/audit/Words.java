package mayfly.clonepool.audit;

import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bytes;

/**
 * The beginning of a list of words, so much of it that an entry stays small.
 *
 * @param isCut whether there is more
 */
public record Words(List<Bytes> words, boolean isCut) {
    static final int MOST_BYTES = 4_096;
    static final int MOST_WORDS = 128;

    /** What a word takes in memory beside its bytes. */
    private static final int WORD_BYTES = 64;

    private static final Words NONE = new Words(List.of(), false);

    public Words {
        words = List.copyOf(words);
    }

    public static Words none() {
        return NONE;
    }

    /** @param isCut whether {@code all} is a beginning itself */
    public static Words of(List<Bytes> all, boolean isCut) {
        List<Bytes> kept = new ArrayList<>(Math.min(all.size(), MOST_WORDS));
        int left = MOST_BYTES;
        for (Bytes word : all) {
            if (kept.size() == MOST_WORDS || left == 0) {
                return new Words(kept, true);
            }
            if (word.length() > left) {
                kept.add(word.slice(0, left));
                return new Words(kept, true);
            }
            kept.add(word);
            left -= word.length();
        }
        return new Words(kept, isCut);
    }

    /** About what it takes in memory. */
    public int weight() {
        return words.stream().mapToInt(word -> WORD_BYTES + word.length()).sum();
    }
}
