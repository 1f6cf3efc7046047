package mayfly.clonepool.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What OpenZFS 2.1 prints; what it does is tested in the virtual machine. */
final class ZfsTest {
    @Test
    void a_channel_program_s_answer_is_read() throws IOException {
        assertEquals(Map.of("p/mf/a2", 16, "p/mf/a1", 2), Zfs.numbers("{\"return\":{\"p/mf/a2\":16,\"p/mf/a1\":2}}"));
        assertEquals(Map.of(), Zfs.numbers("{\"return\":{}}"));
        assertEquals(Map.of(), Zfs.numbers("{}"));
    }

    @Test
    void what_is_no_answer_is_an_error() {
        assertThrows(IOException.class, () -> Zfs.numbers("{\"return\":{"));
        assertThrows(IOException.class, () -> Zfs.numbers("cannot open"));
    }
}
