package mayfly.client;

import java.io.IOException;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.sandbox.OneLine;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;

/** The root of a claimed sandbox, as this process can look at it. */
record SandboxRoot(int descriptor) implements AutoCloseable {
    private static final FrameReader FRAMES = FrameReader.from(Protocol.Sender.INIT_AT_SANDBOX);

    /** Asks init for it, before the command is sent. */
    static SandboxRoot ask(int socket) throws MayflyException {
        MessageBuffer buffer = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
        try {
            FrameWriter.write(new Frame.AskRoot(), buffer.data());
            buffer.data().flip();
            buffer.sendFully(socket);
            buffer.data().clear();
            // A few bytes, which the kernel does not divide, and all descriptors with the first of them.
            if (buffer.receive(socket) == 0) {
                throw new ProtocolException("no answer");
            }
            buffer.data().flip();
            return of(FRAMES.read(buffer.data()), buffer);
        } catch (IOException e) {
            throw new MayflyException("cannot look at the sandbox for a hook: it ended unexpectedly");
        } finally {
            buffer.closeReceived();
        }
    }

    private static SandboxRoot of(Frame answer, MessageBuffer buffer) throws MayflyException, ProtocolException {
        if (answer instanceof Frame.Failed failed) {
            throw new MayflyException(
                    failed.status(),
                    OneLine.of(failed.message()),
                    OneLine.of(failed.remedy().orElse("")));
        }
        if (!(answer instanceof Frame.Root) || buffer.descriptors() != 2) {
            throw new ProtocolException("another answer");
        }
        return new SandboxRoot(buffer.take()); // the other keeps the mounts; init does that too
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
