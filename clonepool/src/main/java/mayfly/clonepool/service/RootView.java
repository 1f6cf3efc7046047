package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;

/**
 * A sandbox's root, and its mount namespace: while that is open, the root's mounts are there, also when all processes of the
 * sandbox have ended.
 */
record RootView(int root, int namespace) {
    private static final FrameReader FROM_INIT = FrameReader.from(Sender.INIT_AT_SANDBOX);

    /** Asks a parked sandbox for it. */
    static RootView ask(int socket, Duration limit) throws IOException {
        MessageBuffer buffer = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
        try (Poller poller = new Poller(1)) {
            FrameWriter.write(new Frame.AskRoot(), buffer.data());
            buffer.data().flip();
            buffer.sendFully(socket);
            buffer.data().clear();
            poller.add(socket, Poller.IN, 0);
            // A few bytes, which the kernel does not divide, and all descriptors with the first of them.
            if (poller.await((int) limit.toMillis()) == 0 || buffer.receive(socket) <= 0) {
                throw new IOException("it does not show its root");
            }
            buffer.data().flip();
            if (!(FROM_INIT.read(buffer.data()) instanceof Frame.Root) || buffer.descriptors() != 2) {
                throw new ProtocolException("it does not show its root");
            }
            return new RootView(buffer.take(), buffer.take());
        } finally {
            buffer.closeReceived();
        }
    }

    /** A path to the root for the service's user and for root. "/." makes a directory of it for those that do not follow links. */
    Bytes path() {
        return Bytes.utf8("/proc/" + ProcessHandle.current().pid() + "/fd/" + root + "/.");
    }

    void close() {
        Descriptors.close(root);
        Descriptors.close(namespace);
    }
}
