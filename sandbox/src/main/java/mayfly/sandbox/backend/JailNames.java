package mayfly.sandbox.backend;

import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/** What may stand in the arguments of FreeBSD's programs. Everything else is refused, and nothing is ever quoted. */
final class JailNames {
    /** No dot, which would make one jail another's, and no number, which would name a jail by its id; rctl(8) ends it at a colon. */
    private static final Pattern JAIL = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

    /** A part of a dataset's name, zfs(8): without spaces here. The first one, the pool's, begins with a letter. */
    private static final Pattern DATASET = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]*");

    private static final Pattern POOL = Pattern.compile("[A-Za-z].*");

    /** One of a path's: no white space, which separates the columns of mount(8), nor anything that it or vis(3) changes. */
    private static final Pattern ENTRY = Pattern.compile("[A-Za-z0-9_.+,:@-]+");

    /** IFNAMSIZ of net/if.h is 16, with the NUL at the end. */
    private static final Pattern INTERFACE = Pattern.compile("[a-z][a-z0-9_.]{0,14}");

    private static final int MOST_OF_DATASET = 255;
    private static final int MOST_OF_PATH = 1023;
    private static final int MOST_OF_MOUNT = 255;

    private JailNames() {}

    static String jail(String name) throws RefusedException {
        return matching(JAIL, name, "the jail's name", 64);
    }

    static String dataset(Bytes name) throws RefusedException {
        String text = matching(POOL, plain(name, "the dataset"), "the dataset", MOST_OF_DATASET);
        for (String part : text.split("/", -1)) {
            if (!DATASET.matcher(part).matches()) {
                throw refusal("the dataset", text);
            }
        }
        return text;
    }

    static String networkInterface(String name) throws RefusedException {
        return matching(INTERFACE, name, "the network interface", 15);
    }

    /** An absolute path without {@code .} and {@code ..}. */
    static String path(Bytes path) throws RefusedException {
        return path(path, MOST_OF_PATH);
    }

    /** One that something is mounted on: statfs(2) keeps not much of it, and the rest could not be found again. */
    static String mountPoint(Bytes path) throws RefusedException {
        return path(path, MOST_OF_MOUNT);
    }

    private static String path(Bytes path, int most) throws RefusedException {
        String text = plain(path, "the path");
        if (text.length() > most || !text.startsWith("/")) {
            throw refusal("the path", text);
        }
        for (String name : text.substring(1).split("/", -1)) {
            if (!ENTRY.matcher(name).matches() || name.equals(".") || name.equals("..")) {
                throw refusal("the path", text);
            }
        }
        return text;
    }

    /** The bytes as characters, if they are ASCII: others have no one meaning. */
    private static String plain(Bytes bytes, String what) throws RefusedException {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.at(i) > 0x7E) {
                throw refusal(what, bytes.toString());
            }
        }
        return bytes.latin1();
    }

    private static String matching(Pattern pattern, String text, String what, int most) throws RefusedException {
        if (text.length() > most || !pattern.matcher(text).matches()) {
            throw refusal(what, text);
        }
        return text;
    }

    private static RefusedException refusal(String what, String text) {
        String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
        return new RefusedException(
                "cannot use " + what + " " + shown + ": backend jail takes plain names only",
                "letters, digits and a few of _ . : , + @ -, and not too many of them");
    }
}
