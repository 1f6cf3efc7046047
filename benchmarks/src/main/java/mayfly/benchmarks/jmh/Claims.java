package mayfly.benchmarks.jmh;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.Shape;

/** What clients ask for. */
final class Claims {
    private Claims() {}

    static List<Bytes> words(String... words) {
        return Stream.of(words).map(Bytes::utf8).toList();
    }

    /** {@code mayfly make test} in a home directory. */
    static Frame.Claim plain() {
        return new Frame.Claim(
                words("mayfly", "make", "test"), false, Optional.of(Bytes.utf8("/home/ann/project")), List.of());
    }

    static Shape shape(int uid) {
        return new Shape(
                new Caller(uid, uid, List.of((long) uid)),
                Optional.of("host"),
                "bwrap",
                Isolation.FULL,
                List.of(),
                Optional.empty(),
                Optional.of(Bytes.utf8("/home/ann")));
    }
}
