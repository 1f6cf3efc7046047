package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.Shape;
import mayfly.sandbox.posix.Accounts;
import org.junit.jupiter.api.Test;

final class StatusTest {
    private static final long ANN = 4_000_001;
    private static final long BOB = 4_000_002;
    private static final Optional<Bytes> ROOT = Optional.of(Bytes.utf8("/home/ann/secret"));

    private static Caller caller(long uid) {
        return new Caller(uid, uid, List.of());
    }

    private static Optional<Bytes> rootFor(long uid) {
        Shape shape =
                new Shape(caller(ANN), Optional.empty(), "bwrap", Isolation.FULL, List.of(), ROOT, Optional.empty());
        return Status.root(shape, new Connection(-1, uid, uid, 0, caller(uid)));
    }

    @Test
    void a_directory_is_told_to_its_user_and_to_those_who_see_all() {
        assertEquals(ROOT, rootFor(ANN));
        assertEquals(ROOT, rootFor(0));
        assertEquals(ROOT, rootFor(Accounts.effectiveUid()));
        assertEquals(Optional.empty(), rootFor(BOB));
    }
}
