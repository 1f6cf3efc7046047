package mayfly.sandbox.options;

import java.util.List;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/** The value of {@code --bind}: {@code SRC:DST[:ro]}. The last colon before DST splits, so SRC may contain some. */
final class BindWord {
    private static final String READ_ONLY = ":ro";

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
        Bytes clean = Bytes.empty();
        for (String name : path.latin1().split("/", -1)) {
            if (name.equals("..")) {
                throw unusable(path, "it contains ..");
            }
            if (!name.isEmpty() && !name.equals(".")) {
                clean = clean.plus(Bytes.fromLatin1("/" + name));
            }
        }
        if (clean.isEmpty()) {
            throw new RefusedException(
                    "cannot bind at /: that would replace the whole root", "--root DIR runs in DIR itself");
        }
        return clean;
    }

    /** Inside another bind, the mount point would have to be made in the caller's own files. */
    static void checkDestinations(List<Bind> binds) throws RefusedException {
        for (int i = 0; i < binds.size(); i++) {
            for (int j = 0; j < binds.size(); j++) {
                Bytes inner = binds.get(i).destination();
                Bytes outer = binds.get(j).destination();
                if (i != j && NativePath.isAtOrUnder(inner, outer)) {
                    throw unusable(inner, "the bind at " + outer + " is there");
                }
            }
        }
    }

    private static RefusedException unusable(Bytes destination, String reason) {
        return new RefusedException("cannot bind at " + destination + ": " + reason);
    }
}
