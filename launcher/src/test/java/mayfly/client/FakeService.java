package mayfly.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Sockets;

/** A service, and the init of each sandbox it gives, that behave as a test says. */
final class FakeService implements AutoCloseable {
    /** What init does with a command. */
    interface Init {
        void serve(InitEnd end) throws IOException;
    }

    private static final FrameReader FROM_CLIENT_AT_DOOR = FrameReader.from(Protocol.Sender.CLIENT_AT_DOOR);
    private static final FrameReader FROM_CLIENT_AT_SANDBOX = FrameReader.from(Protocol.Sender.CLIENT_AT_SANDBOX);

    private final int listener;
    private final Thread door;
    private final Queue<IOException> ends = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Frame> requests = new LinkedBlockingQueue<>();

    /** Connections are answered by {@code doors} in their order; the last one answers all that follow. */
    FakeService(Path runtime, Door... doors) throws IOException {
        Files.createDirectories(runtime);
        listener = Sockets.listen(NativePath.bytes(runtime.resolve("mayfly.sock")), 16);
        Descriptors.setNonBlocking(listener, false);
        door = start("door", () -> {
            for (int i = 0; ; i++) {
                int client = Sockets.accept(listener);
                doors[Math.min(i, doors.length - 1)].answer(this, client);
            }
        });
    }

    /** What happens at the door. */
    interface Door {
        void answer(FakeService service, int client) throws IOException;
    }

    /** Claims are granted; init serves the command. */
    static Door granting(Frame.Claimed claimed, Init init) {
        return (service, client) -> {
            service.read(client);
            int[] ends = Sockets.pair();
            MessageBuffer buffer = new MessageBuffer(1 << 16);
            FrameWriter.write(claimed, buffer.data());
            buffer.data().flip();
            buffer.attach(ends[0]);
            buffer.sendFully(client);
            Descriptors.close(ends[0]);
            Thread unused = service.start("init", () -> {
                try (InitEnd end = new InitEnd(ends[1])) {
                    init.serve(end);
                }
            });
        };
    }

    /** Every request gets the same frames for an answer. */
    static Door answering(Frame... answers) {
        return (service, client) -> {
            service.read(client);
            MessageBuffer buffer = new MessageBuffer(1 << 16);
            for (Frame answer : answers) {
                FrameWriter.write(answer, buffer.data());
            }
            buffer.data().flip();
            buffer.sendFully(client);
            Descriptors.close(client);
        };
    }

    /** The connection is closed before an answer. */
    static Door leaving() {
        return (service, client) -> {
            service.read(client);
            Descriptors.close(client);
        };
    }

    Frame nextRequest() throws InterruptedException {
        Frame frame = requests.poll(10, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("no request came; connections ended with " + ends);
        }
        return frame;
    }

    private void read(int client) throws IOException {
        Descriptors.setNonBlocking(client, false);
        MessageBuffer buffer = new MessageBuffer(Protocol.DOOR_FRAME_BYTES + Protocol.LENGTH_BYTES);
        while (FROM_CLIENT_AT_DOOR.complete(buffer.data().duplicate().flip()) < 0) {
            if (buffer.receive(client) == 0) {
                throw new IOException("the client left");
            }
        }
        requests.add(FROM_CLIENT_AT_DOOR.read(buffer.data().duplicate().flip()));
    }

    /** Something that may fail when the test is over. */
    private interface Work {
        void run() throws IOException;
    }

    private Thread start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        ends.add(e); // the peer left, or the test is over
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void close() throws IOException {
        Sockets.shutdown(listener);
        try {
            // It would take the connections of the next service, whose listener gets the same number.
            door.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Descriptors.close(listener);
    }

    /** Init's end of a sandbox socket. */
    static final class InitEnd implements AutoCloseable {
        private final int socket;
        private final MessageBuffer in = new MessageBuffer(1 << 22);
        private final List<Integer> descriptors = new ArrayList<>();

        InitEnd(int socket) {
            this.socket = socket;
        }

        Frame next() throws IOException {
            while (FROM_CLIENT_AT_SANDBOX.complete(in.data().duplicate().flip()) < 0) {
                if (in.receive(socket) == 0) {
                    throw new IOException("the client left");
                }
                while (in.descriptors() > 0) {
                    descriptors.add(in.take());
                }
            }
            in.data().flip();
            Frame frame = FROM_CLIENT_AT_SANDBOX.read(in.data());
            in.data().compact();
            return frame;
        }

        List<Integer> descriptors() {
            return descriptors;
        }

        void send(Frame frame) throws IOException {
            MessageBuffer out = new MessageBuffer(1 << 16);
            FrameWriter.write(frame, out.data());
            out.data().flip();
            out.sendFully(socket);
        }

        @Override
        public void close() {
            descriptors.forEach(Descriptors::close);
            Descriptors.close(socket);
        }
    }
}
