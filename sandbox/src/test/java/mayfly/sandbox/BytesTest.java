package mayfly.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class BytesTest {
    @Test
    void every_byte_survives_the_way_through_latin_1() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        Bytes bytes = Bytes.of(all);
        assertEquals(bytes, Bytes.fromLatin1(bytes.latin1()));
        assertThrows(IllegalArgumentException.class, () -> Bytes.fromLatin1("\u0100"));
    }

    @Test
    void what_was_given_and_what_is_handed_out_are_copies() {
        byte[] given = {1, 2};
        Bytes bytes = Bytes.of(given);
        given[0] = 9;
        bytes.toArray()[1] = 9;
        assertEquals(Bytes.of(new byte[] {1, 2}), bytes);
    }

    @Test
    void equal_bytes_are_equal() {
        assertEquals(Bytes.utf8("a").hashCode(), Bytes.of(new byte[] {'a'}).hashCode());
        assertNotEquals(Bytes.utf8("a"), Bytes.utf8("b"));
    }

    @Test
    void parts_can_be_found_and_cut_out() {
        Bytes path = Bytes.utf8("/a/b");
        assertEquals(2, path.indexOf('/', 1));
        assertEquals(2, path.lastIndexOf('/'));
        assertEquals(-1, path.indexOf('x', 0));
        assertEquals(Bytes.utf8("a/"), path.slice(1, 3));
        assertEquals(path, path.slice(0, 2).plus(Bytes.utf8("/b")));
        assertTrue(path.startsWith(Bytes.utf8("/a")));
        assertFalse(Bytes.utf8("/").startsWith(path));
        assertTrue(path.contains('b'));
    }

    @Test
    void a_byte_above_127_is_a_positive_number() {
        assertEquals(0xFF, Bytes.of(new byte[] {-1}).at(0));
    }

    @Test
    void taking_from_a_buffer_moves_it() {
        ByteBuffer buffer = ByteBuffer.wrap(new byte[] {1, 2, 3});
        assertEquals(Bytes.of(new byte[] {1, 2}), Bytes.take(buffer, 2));
        assertEquals(1, buffer.remaining());
    }
}
