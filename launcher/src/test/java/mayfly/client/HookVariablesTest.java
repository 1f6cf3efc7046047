package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import org.junit.jupiter.api.Test;

class HookVariablesTest {
    private static HookVariables of(String... variables) throws MayflyException {
        return HookVariables.of(Variables.of(Bytes.utf8(String.join("\0", variables) + "\0")));
    }

    @Test
    void hooks_are_what_the_variables_hold_whatever_it_is() throws MayflyException {
        assertEquals(
                new HookVariables(Optional.of(Bytes.utf8("a; b\n'")), Optional.of(Bytes.utf8("exit 1")), 7),
                of("PRE_SPAWN_HOOK=a; b\n'", "POST_SPAWN_HOOK=exit 1", "MAYFLY_HOOK_SECONDS=7"));
        assertEquals(60, of("PRE_SPAWN_HOOK=a").seconds());
    }

    @Test
    void an_empty_variable_is_none() throws MayflyException {
        assertTrue(of("PRE_SPAWN_HOOK=", "POST_SPAWN_HOOK=", "A=b").isEmpty());
        assertEquals(60, of("PRE_SPAWN_HOOK=a", "MAYFLY_HOOK_SECONDS=").seconds());
    }

    @Test
    void a_time_that_is_none_is_refused_where_there_is_a_hook() throws MayflyException {
        for (String time : List.of("0", "86401", "-1", "+1", "1s", "one", "99999999999")) {
            MayflyException refusal =
                    assertThrows(MayflyException.class, () -> of("POST_SPAWN_HOOK=a", "MAYFLY_HOOK_SECONDS=" + time));
            assertEquals("cannot use MAYFLY_HOOK_SECONDS: it is no number from 1 to 86400", refusal.getMessage());
            assertTrue(of("MAYFLY_HOOK_SECONDS=" + time).isEmpty());
        }
    }
}
