package mayfly.launcher;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Processes;

/** The words of this process's command line as bytes: Java decodes its arguments, and not every name survives that. */
final class OwnWords {
    private OwnWords() {}

    /** The last {@code count} strings of this process's argument vector. */
    static List<Bytes> last(int count) throws IOException {
        Bytes all = Processes.ownWords();
        List<Bytes> words = new ArrayList<>();
        int start = 0;
        for (int end = all.indexOf('\0', 0); end >= 0; end = all.indexOf('\0', start)) {
            words.add(all.slice(start, end));
            start = end + 1;
        }
        return List.copyOf(words.subList(words.size() - count, words.size()));
    }
}
