package mayfly.integration.listen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Somebody who connects. Each wait has its end: whoever hangs fails. */
final class Peer implements AutoCloseable {
    private static final int MOST = 1 << 14;

    private final SocketChannel socket;

    private Peer(SocketChannel socket) {
        this.socket = socket;
    }

    static Peer to(int port) {
        return to("127.0.0.1", port, "127.0.0.1");
    }

    /** @param source the own address, any of the loopback's */
    static Peer to(String address, int port, String source) {
        try {
            SocketChannel socket = SocketChannel.open();
            socket.bind(new InetSocketAddress(InetAddress.getByName(source), 0));
            socket.connect(new InetSocketAddress(InetAddress.getByName(address), port));
            return new Peer(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Peer to(Path path) {
        try {
            SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
            socket.connect(UnixDomainSocketAddress.of(path));
            return new Peer(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Peer says(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                socket.write(bytes);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Will say nothing more, and still listens. */
    Peer saysNothingMore() {
        try {
            socket.shutdownOutput();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that comes until the other end closes; a reset is an end too. */
    String hears() {
        return hears(MOST);
    }

    /** So many bytes, or less when the other end closes before. */
    String hears(int bytes) {
        ByteBuffer heard = ByteBuffer.allocate(bytes);
        try {
            while (heard.hasRemaining() && socket.read(heard) >= 0) {}
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("reset")) {
                throw new UncheckedIOException(e);
            }
        }
        return new String(heard.array(), 0, heard.position(), StandardCharsets.UTF_8);
    }

    int port() {
        return socket.socket().getLocalPort();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
