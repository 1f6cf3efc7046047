package mayfly.sandbox.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Collectors;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Identity.RootOfRange;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

final class RootPlanTest {
    private static final Bytes CLONE = Bytes.utf8("/clones/c");
    private static final Places PLACES = Places.inMemory(Bytes.utf8("/m"));
    private static final RootOfRange RANGE = new RootOfRange(100_000, 200_000, 65_536);

    private static String mapped(RootPlan plan) throws RefusedException {
        return plan.mapped(RANGE, PLACES).steps().stream()
                .flatMap(step -> step.words().stream())
                .map(Bytes::text)
                .collect(Collectors.joining(" "));
    }

    @Test
    void the_clone_and_nothing_but_the_clone_is_mapped() throws RefusedException {
        String ids = "ids 100000 200000 65536 ";
        assertEquals(
                ids + "bind-mapped /clones/c /m/l overlay /m/l /m/s/0 /m/r",
                mapped(DirectoryRoot.overlay(CLONE, PLACES)));
        assertEquals(ids + "bind-mapped /clones/c /m/r", mapped(DirectoryRoot.itself(CLONE, PLACES)));
        assertEquals(
                ids + "zfs tank/c /m/l bind-mapped /m/l /m/r",
                mapped(new RootPlan(List.of(Step.zfs(Bytes.utf8("tank/c"), PLACES.root())))));
    }

    @Test
    void the_machines_own_system_is_never_mapped() {
        Bytes top = Bytes.utf8("/");
        for (RootPlan plan : List.of(DirectoryRoot.overlay(top, PLACES), DirectoryRoot.itself(top, PLACES))) {
            RefusedException e = assertThrows(RefusedException.class, () -> mapped(plan));
            assertEquals(
                    "cannot use other ids in /: they would own, and could read, every file of this machine",
                    e.getMessage());
        }
        RootPlan many = DirectoryRoot.itself(CLONE, PLACES).withOverlay(CLONE, PLACES);
        assertThrows(IllegalStateException.class, () -> mapped(many));
        RootPlan rebuilt = new RootPlan(List.of(Step.bindReadonly(CLONE, PLACES.root())));
        assertThrows(IllegalStateException.class, () -> mapped(rebuilt));
    }
}
