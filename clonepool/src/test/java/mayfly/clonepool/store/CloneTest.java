package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CloneTest {
    @ParameterizedTest
    @EnumSource
    void a_directorys_name_tells_everything(CloneState state) {
        Clone clone = new Clone("deb_12.used", 1795320140858000004L, state, Optional.empty());
        assertEquals(Optional.of(clone), Clone.of(clone.fileName()));
        assertEquals("deb_12.used_1795320140858000004", clone.id());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "lost+found",
                "deb",
                "deb_",
                "_5",
                "deb_5.gone",
                "deb_5.used.used",
                "deb_99999999999999999999"
            })
    void other_names_are_no_clones(String name) {
        assertEquals(Optional.empty(), Clone.of(name));
    }

    @Test
    void a_clone_is_never_given_out_twice() {
        Clone clone = new Clone("a", 1, CloneState.MAKING, Optional.empty());
        Clone used = clone.in(CloneState.READY).in(CloneState.USED);
        assertThrows(IllegalStateException.class, () -> used.in(CloneState.READY));
        assertThrows(IllegalStateException.class, () -> used.in(CloneState.USED));
        assertThrows(IllegalStateException.class, () -> clone.in(CloneState.USED));
        Clone dirty = used.in(CloneState.DIRTY);
        for (CloneState state : CloneState.values()) {
            assertThrows(IllegalStateException.class, () -> dirty.in(state));
        }
    }
}
