package mayfly.clonepool.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DisplayNameTest {
    private static DisplayName name(String value) throws RefusedException {
        return DisplayName.of(Bytes.utf8(value));
    }

    @Test
    void a_display_of_this_machine_has_a_socket() throws RefusedException {
        assertTrue(name(":0").isLocal());
        assertEquals(Bytes.utf8("/tmp/.X11-unix/X12"), name(":12.1").socket());
        assertEquals(":12.1", name(":12.1").toString());
        assertEquals(":3", name("unix:3").toString());
        assertEquals(":59535", name(":59535").toString());
    }

    @Test
    void a_display_with_a_host_is_the_networks() throws RefusedException {
        for (String value : new String[] {"localhost:10.0", "far.example:0", "[::1]:10", "10.0.0.1:2"}) {
            assertFalse(name(value).isLocal(), value);
            assertEquals(value, name(value).toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":",
                "",
                "0",
                ":0;x",
                ":0\n",
                ":0\nquit",
                ":../../x",
                ":0.0.0",
                ":59536",
                ":999999999999",
                "-h:0",
                "a/b:0",
                "unix:/tmp/x",
                "/tmp/x:0",
                "a b:0",
                "::0",
                "h::0",
                "tcp/h:0",
                ":٣",
                "[x]:0",
                ":-1",
                ":0 ",
                "'h':0"
            })
    void everything_else_is_refused(String value) {
        assertThrows(RefusedException.class, () -> name(value));
    }
}
