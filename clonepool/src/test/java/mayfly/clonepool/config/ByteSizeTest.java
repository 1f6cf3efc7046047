package mayfly.clonepool.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ByteSizeTest {
    @Test
    void a_size_is_bytes_or_has_a_unit() {
        assertEquals(4096, ByteSize.bytes("4096"));
        assertEquals(4096, ByteSize.bytes("4k"));
        assertEquals(512L << 20, ByteSize.bytes("512m"));
        assertEquals(3L << 30, ByteSize.bytes("3g"));
        assertEquals(2L << 40, ByteSize.bytes("2t"));
        assertEquals(Long.MAX_VALUE, ByteSize.bytes("999999999999t"));
    }

    @Test
    void a_share_is_of_the_memory() {
        assertEquals(4_000, ByteSize.bytes("50%", () -> 8_000));
        assertEquals(16_000, ByteSize.bytes("200%", () -> 8_000));
        assertTrue(ByteSize.bytes("50%") > 1 << 20);
    }
}
