package mayfly.clonepool.desktop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import org.junit.jupiter.api.Test;

class AuthorityTest {
    private static final String PROTOCOL = "00124d49542d4d414749432d434f4f4b49452d31";
    private static final String COOKIE = "0010000102030405060708090a0b0c0d0e0f";
    private static final String HOSTS = "01000002766d00023737" + PROTOCOL + COOKIE;

    private static Optional<Bytes> file(String hex) throws RefusedException {
        return Authority.file(Bytes.of(HexFormat.of().parseHex(hex)), DisplayName.of(Bytes.utf8(":77")));
    }

    @Test
    void a_cookie_of_one_host_becomes_one_for_any() throws RefusedException {
        String any = "ffff0000" + "00023737" + PROTOCOL + COOKIE;

        assertEquals(any, HexFormat.of().formatHex(file(HOSTS).orElseThrow().toArray()));
        assertEquals(
                any, HexFormat.of().formatHex(file(any + HOSTS).orElseThrow().toArray()));
    }

    @Test
    void other_protocols_are_passed_over() throws RefusedException {
        String other = "ffff0000" + "00023737" + "00024142" + COOKIE;

        assertEquals(Optional.empty(), file(other));
        assertEquals(file(HOSTS), file(other + HOSTS));
        assertEquals(Optional.empty(), file(""));
    }

    @Test
    void an_entry_that_is_cut_off_is_refused() {
        for (int length = 2; length < HOSTS.length(); length += 2) {
            String beginning = HOSTS.substring(0, length);
            assertThrows(RefusedException.class, () -> file(beginning), beginning);
        }
    }
}
