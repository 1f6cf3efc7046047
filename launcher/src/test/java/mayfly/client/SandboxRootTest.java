package mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SandboxRootTest {
    private static final String BROKEN = "cannot look at the sandbox for a hook: it ended unexpectedly";

    private int[] ends = {-1, -1};

    @BeforeEach
    void connect() throws IOException {
        ends = Sockets.pair();
    }

    @AfterEach
    void disconnect() {
        Descriptors.close(ends[0]);
        if (ends[1] >= 0) {
            Descriptors.close(ends[1]);
        }
    }

    private void answer(Frame frame, int descriptors) throws IOException {
        MessageBuffer out = new MessageBuffer(4096);
        FrameWriter.write(frame, out.data());
        out.data().flip();
        int given = Descriptors.open(Bytes.utf8("/"), Kernel.O_RDONLY, 0);
        for (int i = 0; i < descriptors; i++) {
            out.attach(given);
        }
        out.sendFully(ends[1]);
        Descriptors.close(given);
    }

    private String failure() {
        return String.valueOf(assertThrows(MayflyException.class, () -> SandboxRoot.ask(ends[0]))
                .getMessage());
    }

    @Test
    void the_first_descriptor_is_the_root_and_the_other_is_closed() throws Exception {
        int before = open();
        answer(new Frame.Root(), 2);
        SandboxRoot root = SandboxRoot.ask(ends[0]);

        assertTrue(Descriptors.isOpen(root.descriptor()));
        assertEquals(before + 1, open());
        root.close();
        assertFalse(Descriptors.isOpen(root.descriptor()));
    }

    /** How many descriptors this process has. */
    private static int open() {
        return Optional.ofNullable(new File("/proc/self/fd").list()).orElseThrow().length;
    }

    @Test
    void why_there_is_none_is_told() throws IOException {
        answer(new Frame.Failed(125, "cannot open the sandbox's root: Permission denied", Optional.empty()), 0);
        assertEquals("cannot open the sandbox's root: Permission denied", failure());
    }

    @Test
    void an_answer_without_two_descriptors_is_none() throws IOException {
        answer(new Frame.Root(), 1);
        assertEquals(BROKEN, failure());
        answer(new Frame.Root(), 0);
        assertEquals(BROKEN, failure());
    }

    @Test
    void another_frame_is_no_answer() throws IOException {
        answer(new Frame.Started(), 2);
        assertEquals(BROKEN, failure());
    }

    @Test
    void a_sandbox_that_has_gone_is_told() {
        Descriptors.close(ends[1]);
        ends[1] = -1;
        assertEquals(BROKEN, failure());
    }
}
