package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Something that listens where a service should, and answers every request with the same bytes and the end. */
public final class FakeService implements AutoCloseable {
    private final Path runtime;
    private final ServerSocketChannel listener;
    private final Thread thread;

    private FakeService(Path runtime, ServerSocketChannel listener, byte[] answer) {
        this.runtime = runtime;
        this.listener = listener;
        thread = new Thread(() -> serve(answer), "fake service");
    }

    /** Listens in a new directory, which has to belong to whom the client believes: root, or itself. */
    public static FakeService in(Path runtime, byte[] answer) {
        try {
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            Path socket = runtime.resolve("mayfly.sock");
            listener.bind(UnixDomainSocketAddress.of(socket));
            Tool.output("chmod", "666", socket.toString());
            FakeService service = new FakeService(runtime, listener, answer);
            service.thread.start();
            return service;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path runtime() {
        return runtime;
    }

    private void serve(byte[] answer) {
        for (; ; ) {
            try (SocketChannel client = listener.accept()) {
                client.read(ByteBuffer.allocate(65_536));
                client.write(ByteBuffer.wrap(answer));
            } catch (AsynchronousCloseException e) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            thread.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
