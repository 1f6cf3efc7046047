package mayfly.benchmarks;

import java.util.List;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.backend.Bounds;
import mayfly.sandbox.backend.Construction;
import mayfly.sandbox.root.Places;

/** What Mayfly is compared with: bubblewrap as Mayfly calls it, with a plain directory as root. */
final class Peer {
    private static final Bytes TOP = Bytes.utf8("/");
    private static final Bytes END = Bytes.utf8("--");

    private Peer() {}

    /**
     * The arguments for a run of the template {@code host}, without {@code --} at the end.
     *
     * @param uid whose run it is
     */
    static List<String> arguments(long uid) throws RefusedException {
        Places places = Places.inMemory(Bytes.utf8("/mnt"));
        List<Bytes> words = Backend.named(Backend.defaultName())
                .words(new Construction(
                        "peer",
                        new Caller(uid, uid, List.of(uid)),
                        uid == 0,
                        places,
                        new Bounds(1 << 20, 0),
                        new Construction.Root.Chosen(TOP),
                        Isolation.FULL,
                        List.of()));
        // STEP... -- bwrap ARGUMENT... -- init
        int begin = words.indexOf(END) + 2;
        return words.subList(begin, words.lastIndexOf(END)).stream()
                .map(word -> word.equals(places.root()) ? TOP : word)
                .map(Bytes::text)
                .toList();
    }
}
