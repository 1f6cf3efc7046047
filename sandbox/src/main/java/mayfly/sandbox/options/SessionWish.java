package mayfly.sandbox.options;

import java.util.OptionalLong;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/**
 * The session that a command is to run in.
 *
 * @param name checked: it can be a file's name
 * @param idle after how many seconds without a command the session ends, where that was said
 * @param time after how many seconds it ends in any case
 */
public record SessionWish(String name, Manner manner, OptionalLong idle, OptionalLong time) {
    private static final int LONGEST = 64;

    /** What is wanted of it. */
    public enum Manner {
        /** It is to be started; nothing is run. */
        START,
        /** A command is to run in it; it has to be there. */
        EXEC,
        /** A command is to run in it; it is started if it is not there. */
        EITHER
    }

    /** Checks a session's name: letters, digits, dot, underscore and hyphen, the first a letter or a digit. */
    public static String name(Bytes word) throws RefusedException {
        boolean good = !word.isEmpty() && word.length() <= LONGEST && isLetterOrDigit(word.at(0));
        for (int i = 0; good && i < word.length(); i++) {
            int c = word.at(i);
            good = isLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
        }
        if (!good) {
            throw new RefusedException(
                    "cannot use the session name " + word + ": it is not one",
                    "a name has up to " + LONGEST + " of the characters A-Z a-z 0-9 . _ - and begins with a letter or"
                            + " digit");
        }
        return word.latin1();
    }

    private static boolean isLetterOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
