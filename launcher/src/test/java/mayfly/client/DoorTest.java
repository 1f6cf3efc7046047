package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.NativePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorTest {
    @Test
    void a_service_that_does_not_answer_is_not_waited_for_without_end(@TempDir Path runtime) throws Exception {
        FakeService.Door silent = (service, client) -> {};
        try (FakeService service = new FakeService(runtime, silent);
                Door door = Door.connect(NativePath.bytes(runtime), 50)) {
            assertThrows(Door.SilentException.class, () -> door.exchange(new Frame.Ask("{}")));
        }
    }
}
