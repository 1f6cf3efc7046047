package mayfly.sandbox.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BoundsTest {
    private static long bytes(String size) {
        return new Bounds(size, 0).tmpfsBytes(new Host() {
            @Override
            long memoryBytes() {
                return 8_000;
            }
        });
    }

    @Test
    void a_size_is_bytes_or_has_a_unit_or_is_a_share_of_the_memory() {
        assertEquals(4096, bytes("4096"));
        assertEquals(4096, bytes("4k"));
        assertEquals(512L << 20, bytes("512m"));
        assertEquals(3L << 30, bytes("3g"));
        assertEquals(4_000, bytes("50%"));
        assertEquals(16_000, bytes("200%"));
    }
}
