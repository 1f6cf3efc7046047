package mayfly.sandbox.options;

import java.util.List;
import java.util.Set;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/**
 * Finds where the options of an argument vector end, in one pass over their words, and refuses what the parser behind
 * it would take long for: some 20 µs for each word, and more with the square of a word's length.
 */
final class OptionWords {
    private static final int WORD_BYTES = 4096;
    private static final int ALL_BYTES = 64 << 10;
    private static final int WORDS = 256;
    private static final int FLAGS_IN_A_WORD = 64;
    private static final String FLAGS = "niqxfs12";
    private static final String VALUES = "eztpdvrug";
    private static final Set<String> LONG_VALUES = Set.of(
            "--backend",
            "--template",
            "--root",
            "--chdir",
            "--bind",
            "--env",
            "--uid-base",
            "--gid-base",
            "--session",
            "--idle",
            "--time",
            "--status-fd",
            "--refill");
    private static final String LONG_ENV = "--env";

    private final List<Bytes> words;
    private int at;
    private int bytes;

    private OptionWords(List<Bytes> words, int start) {
        this.words = words;
        this.at = start;
    }

    /** The index behind the last option and its value; at least there the parser has to stop. */
    static int end(List<Bytes> words, int start) throws RefusedException {
        OptionWords options = new OptionWords(words, start);
        while (options.at < words.size() && RunOptions.isOption(words.get(options.at))) {
            Bytes word = words.get(options.at++);
            if (word.length() == 2 && word.at(1) == '-') {
                break;
            }
            if (word.at(1) == '-') {
                options.longOption(word);
            } else {
                options.shortOptions(word);
            }
        }
        if (options.at - start > WORDS) {
            throw tooMany();
        }
        return Math.min(options.at, words.size());
    }

    private void longOption(Bytes word) throws RefusedException {
        int equals = word.indexOf('=', 0);
        String name = word.slice(0, equals < 0 ? word.length() : equals).latin1();
        boolean env = name.equals(LONG_ENV);
        count(word, env && equals >= 0);
        if (equals < 0 && LONG_VALUES.contains(name)) {
            value(env);
        }
    }

    private void shortOptions(Bytes word) throws RefusedException {
        int i = 1;
        while (i < word.length() && FLAGS.indexOf(word.at(i)) >= 0) {
            i++;
        }
        boolean ends = i == word.length();
        boolean env = !ends && word.at(i) == 'v';
        if (i > FLAGS_IN_A_WORD) {
            throw tooLong();
        }
        count(word, env && i + 1 < word.length());
        if (i + 1 == word.length() && VALUES.indexOf(word.at(i)) >= 0) {
            value(env);
        }
    }

    /** The next word is the value of the one before it. */
    private void value(boolean env) throws RefusedException {
        if (at < words.size() && !env) {
            add(words.get(at).length());
        }
        at++;
    }

    /** Variables may be long: their values are the command's environment. */
    private void count(Bytes word, boolean withVariable) throws RefusedException {
        if (!withVariable) {
            if (word.length() > WORD_BYTES) {
                throw tooLong();
            }
            add(word.length());
        }
    }

    private void add(int more) throws RefusedException {
        bytes += more;
        if (bytes > ALL_BYTES) {
            throw tooLong();
        }
    }

    private static RefusedException tooMany() {
        return RunOptions.unreadable("the options are more than " + WORDS + " words");
    }

    static RefusedException tooLong() {
        return RunOptions.unreadable("the options are too long");
    }
}
