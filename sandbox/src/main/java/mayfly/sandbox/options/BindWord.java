package mayfly.sandbox.options;

import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/** The value of {@code --bind}: {@code SRC:DST[:ro]}. The last colon before DST splits, so SRC may contain some. */
final class BindWord {
    private static final String READ_ONLY = ":ro";

    /** Each is looked at and mounted for every sandbox. */
    private static final int MOST = 64;

    private BindWord() {}

    static Bind read(Bytes word) throws RefusedException {
        boolean readOnly = word.latin1().endsWith(READ_ONLY);
        Bytes pair = readOnly ? word.slice(0, word.length() - READ_ONLY.length()) : word;
        int colon = pair.lastIndexOf(':');
        if (colon <= 0) {
            throw RunOptions.unreadable("option --bind needs SRC:DST[:ro], not " + word);
        }
        return new Bind(pair.slice(0, colon), destination(pair.slice(colon + 1, pair.length())), readOnly);
    }

    private static Bytes destination(Bytes path) throws RefusedException {
        if (path.isEmpty() || path.at(0) != '/') {
            throw unusable(path, "it does not begin with /");
        }
        StringBuilder clean = new StringBuilder(path.length());
        for (String name : path.latin1().split("/", -1)) {
            if (name.equals("..")) {
                throw unusable(path, "it contains ..");
            }
            if (!name.isEmpty() && !name.equals(".")) {
                clean.append('/').append(name);
            }
        }
        if (clean.isEmpty()) {
            throw new RefusedException(
                    "cannot bind at /: that would replace the whole root", "--root DIR runs in DIR itself");
        }
        return Bytes.fromLatin1(clean.toString());
    }

    /** Inside another bind, the mount point would have to be made in the caller's own files. */
    static void checkDestinations(List<Bind> binds) throws RefusedException {
        if (binds.size() > MOST) {
            throw RunOptions.unreadable("there are more than " + MOST + " binds");
        }
        // With the slash as the least of all bytes, what is beneath a directory follows it at once.
        List<String> sorted = binds.stream()
                .map(bind -> bind.destination().latin1().replace('/', '\0'))
                .sorted()
                .toList();
        for (int i = 1; i < sorted.size(); i++) {
            Bytes outer = destination(sorted.get(i - 1));
            Bytes inner = destination(sorted.get(i));
            if (NativePath.isAtOrUnder(inner, outer)) {
                throw unusable(inner, "the bind at " + outer + " is there");
            }
        }
    }

    private static Bytes destination(String sortable) {
        return Bytes.fromLatin1(sortable.replace('\0', '/'));
    }

    private static RefusedException unusable(Bytes destination, String reason) {
        return new RefusedException("cannot bind at " + destination + ": " + reason);
    }
}
