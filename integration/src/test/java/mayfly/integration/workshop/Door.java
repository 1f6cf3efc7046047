package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.protocol.ProtocolException;

/** A bare connection to a service's door, for peers that do not behave. It receives no descriptors. */
public final class Door implements AutoCloseable {
    private final SocketChannel channel;

    private Door(SocketChannel channel) {
        this.channel = channel;
    }

    public static Door of(Path runtime) {
        try {
            return new Door(SocketChannel.open(UnixDomainSocketAddress.of(runtime.resolve("mayfly.sock"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of a frame, its length word included. */
    public static byte[] bytes(Frame frame) {
        ByteBuffer buffer = ByteBuffer.allocate(Protocol.DOOR_FRAME_BYTES + Protocol.LENGTH_BYTES);
        try {
            FrameWriter.write(frame, buffer);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return bytes;
    }

    public Door send(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The service's next frame. */
    public Frame read() {
        ByteBuffer buffer = ByteBuffer.allocate(Protocol.DOOR_FRAME_BYTES + Protocol.LENGTH_BYTES);
        try {
            FrameReader reader = FrameReader.from(Sender.SERVICE_AT_DOOR);
            while (channel.read(buffer) > 0) {
                ByteBuffer seen = buffer.duplicate().flip();
                if (reader.complete(seen) > 0) {
                    return reader.read(seen);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("the service closed the connection without an answer");
    }

    /** Waits for the service to close the connection; it must not say anything before. */
    public void isClosed() {
        try {
            int count = channel.read(ByteBuffer.allocate(1));
            if (count >= 0) {
                throw new AssertionError("the service answered");
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("reset")) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
