package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;

/** A client at the door. Closing it ends its lease and its sandbox. */
final class TestClient implements AutoCloseable {
    private static final FrameReader FROM_SERVICE = FrameReader.from(Sender.SERVICE_AT_DOOR);

    private final int socket;
    private final MessageBuffer said = new MessageBuffer(1 << 19);
    private final MessageBuffer buffer = new MessageBuffer(1 << 19);
    private int sandbox = -1;

    TestClient(Path runtimeDir) throws IOException {
        this(Sockets.connect(NativePath.bytes(runtimeDir.resolve("mayfly.sock"))));
    }

    /** @param socket is connected, and the client's from now on */
    TestClient(int socket) {
        this.socket = socket;
    }

    /** Says what {@code mayfly WORD...} says. */
    TestClient claims(String... words) throws IOException {
        Bytes[] all = new Bytes[words.length + 1];
        all[0] = Bytes.utf8("mayfly");
        for (int i = 0; i < words.length; i++) {
            all[i + 1] = Bytes.utf8(words[i]);
        }
        return says(new Frame.Claim(Arrays.asList(all), false, Optional.of(Bytes.utf8("/tmp")), List.of()));
    }

    TestClient says(Frame frame) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(1 << 19);
        FrameWriter.write(frame, data);
        data.flip();
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        return says(bytes);
    }

    TestClient says(byte... bytes) throws IOException {
        said.data().clear().put(bytes).flip();
        said.sendFully(socket);
        return this;
    }

    /** Lets a descriptor come along with what is said next. */
    TestClient with(int descriptor) {
        said.attach(descriptor);
        return this;
    }

    /** The next frame; empty when the service closes the connection. */
    Optional<Frame> hears() throws IOException {
        while (FROM_SERVICE.complete(buffer.data().duplicate().flip()) < 0) {
            if (isOver()) {
                return Optional.empty();
            }
            if (buffer.descriptors() > 0) {
                sandbox = buffer.take();
            }
        }
        buffer.data().flip();
        Frame frame = FROM_SERVICE.read(buffer.data());
        buffer.data().compact();
        return Optional.of(frame);
    }

    private boolean isOver() throws IOException {
        try {
            return buffer.receive(socket) == 0;
        } catch (PosixException e) {
            if (e.errno() == Kernel.ECONNRESET) {
                return true; // the service had not read all that was said
            }
            throw e;
        }
    }

    Frame.Claimed isClaimed() throws IOException {
        Frame frame = hears().orElseThrow();
        if (frame instanceof Frame.Claimed claimed) {
            return claimed;
        }
        throw new AssertionError(frame);
    }

    Frame.Refused isRefused() throws IOException {
        Frame frame = hears().orElseThrow();
        if (frame instanceof Frame.Refused refused) {
            return refused;
        }
        throw new AssertionError(frame);
    }

    String isAnswered() throws IOException {
        Frame frame = hears().orElseThrow();
        if (frame instanceof Frame.Answer answer) {
            return answer.json();
        }
        throw new AssertionError(frame);
    }

    int sandbox() {
        return sandbox;
    }

    List<Integer> descriptors() {
        return sandbox < 0 ? List.of(socket) : List.of(socket, sandbox);
    }

    @Override
    public void close() {
        descriptors().forEach(Descriptors::close);
        sandbox = -1;
    }
}
