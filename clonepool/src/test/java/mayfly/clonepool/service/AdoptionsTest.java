package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.service.Adoptions.Adoption;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneState;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.Shape;
import org.junit.jupiter.api.Test;

final class AdoptionsTest {
    private static final Adoption ANNS = new Adoption(OptionalLong.of(1000), false);

    private static Clone clone(String template, long nanos) {
        return new Clone(template, nanos, CloneState.USED, Optional.empty());
    }

    private static Shape shape(long uid, String template) {
        boolean isRoot = template.isEmpty();
        return new Shape(
                new Caller(uid, uid, List.of()),
                isRoot ? Optional.empty() : Optional.of(template),
                "bwrap",
                Isolation.FULL,
                List.of(),
                isRoot ? Optional.of(Bytes.utf8("/srv")) : Optional.empty(),
                Optional.empty());
    }

    @Test
    void they_are_counted_for_their_owner_and_template() {
        Adoptions adoptions = new Adoptions();
        adoptions.add(clone("deb", 1), ANNS);
        adoptions.add(clone("deb", 2), new Adoption(OptionalLong.of(1000), true));
        adoptions.add(clone("deb_1", 3), ANNS);
        adoptions.add(clone("deb", 4), new Adoption(OptionalLong.of(1001), false));
        adoptions.add(clone("deb", 5), new Adoption(OptionalLong.empty(), false));
        adoptions.add(clone(Clone.NO_TEMPLATE, 6), ANNS);
        assertEquals(2, adoptions.like(shape(1000, "deb")));
        assertEquals(1, adoptions.like(shape(1000, "deb_1")));
        assertEquals(1, adoptions.like(shape(1001, "deb")));
        assertEquals(1, adoptions.like(shape(1000, "")));
        assertEquals(0, adoptions.like(shape(1002, "deb")));
        assertEquals(Optional.of(ANNS), adoptions.remove(clone("deb", 1)));
        assertEquals(Optional.empty(), adoptions.remove(clone("deb", 1)));
        assertEquals(1, adoptions.like(shape(1000, "deb")));
    }
}
