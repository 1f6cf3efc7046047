package mayfly.clonepool.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoundServerTest {
    private static SoundServer server(String value) throws RefusedException {
        return SoundServer.of(Bytes.utf8(value), "0123abcd");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix:/run/p/native",
                "/run/p/native",
                "{0123abcd}unix:/run/p/native",
                "{other}tcp:elsewhere unix:/run/p/native",
                " unix:/run/p/native tcp:elsewhere"
            })
    void a_socket_is_found_in_all_forms(String value) throws RefusedException {
        assertEquals(Optional.of(Bytes.utf8("/run/p/native")), server(value).socket());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:h:4713", "tcp4:10.0.0.1", "tcp6:[::1]:4713", "far.example", "{0123abcd}tcp:h"})
    void a_server_of_the_network_keeps_its_name(String value) throws RefusedException {
        assertEquals(value.replaceFirst("\\{.*\\}", ""), server(value).network());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"unix:", "unix:relative", "{other}unix:/x", "", " ", "tcp:a/b", "tcp:h:x", "a;b", "/x\ny", "-x"})
    void everything_else_is_refused(String value) {
        assertThrows(RefusedException.class, () -> server(value));
    }
}
