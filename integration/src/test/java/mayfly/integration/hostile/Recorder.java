package mayfly.integration.hostile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import mayfly.integration.hostile.Exchange.Said;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.Sockets;

/** Stands between a real client and the service, passes on what they say to each other, and keeps what the client says. */
final class Recorder implements AutoCloseable {
    private static final int CAPACITY = 1 << 19;
    private static final int PATIENCE_MS = 60_000;

    private final Bytes service;
    private final int listener;
    private final MessageBuffer buffer = new MessageBuffer(CAPACITY);

    /** Takes the service's place in another directory. */
    Recorder(Path directory, Bytes service) throws IOException {
        this.service = service;
        this.listener = Sockets.listen(NativePath.bytes(directory.resolve("mayfly.sock")), 16);
    }

    /** The next connection, from its beginning to its end. */
    Exchange record() throws IOException {
        int client;
        try (Poller poller = new Poller(1)) {
            poller.add(listener, Poller.IN, 0);
            if (poller.await(PATIENCE_MS) == 0) {
                throw new IOException("no client has connected");
            }
            client = Sockets.accept(listener);
        }
        Descriptors.setNonBlocking(client, false);
        try (Relay relay = new Relay(client)) {
            return relay.untilTheClientGoes();
        }
    }

    @Override
    public void close() {
        Descriptors.close(listener);
    }

    /** The connections of one client, each with the one that it stands for. */
    private final class Relay implements AutoCloseable {
        private final int client;
        private final int door;
        private final Map<Integer, Integer> peers = new HashMap<>();
        private final Poller poller = new Poller(1);
        private final List<byte[]> toDoor = new ArrayList<>();
        private final List<Said> toSandbox = new ArrayList<>();
        private int sandboxesClient = -1;

        Relay(int client) throws IOException {
            this.client = client;
            this.door = Sockets.connect(service);
            join(client, door);
        }

        private void join(int one, int other) throws IOException {
            peers.put(one, other);
            peers.put(other, one);
            poller.add(one, Poller.IN, one);
            poller.add(other, Poller.IN, other);
        }

        Exchange untilTheClientGoes() throws IOException {
            while (true) {
                if (poller.await(PATIENCE_MS) == 0) {
                    throw new IOException("nobody says anything");
                }
                int from = (int) poller.key(0);
                buffer.data().clear();
                if (buffer.receive(from) > 0) {
                    pass(from, peers.getOrDefault(from, -1));
                } else if (from == client) {
                    return new Exchange(toDoor, toSandbox);
                } else {
                    poller.remove(from);
                    Sockets.shutdown(peers.getOrDefault(from, -1));
                }
            }
        }

        private void pass(int from, int to) throws IOException {
            buffer.data().flip();
            byte[] bytes = new byte[buffer.data().remaining()];
            buffer.data().duplicate().get(bytes);
            if (from == client) {
                toDoor.add(bytes);
            } else if (from == sandboxesClient) {
                toSandbox.add(new Said(bytes, buffer.descriptors()));
            }
            List<Integer> passed = new ArrayList<>();
            while (buffer.descriptors() > 0) {
                passed.add(from == door ? between(buffer.take()) : buffer.take());
            }
            passed.forEach(buffer::attach);
            try {
                buffer.sendFully(to);
            } finally {
                buffer.detach();
                passed.forEach(Descriptors::close);
            }
        }

        /** What the client gets in place of its sandbox's socket. */
        private int between(int sandbox) throws IOException {
            int[] ends = Sockets.pair();
            sandboxesClient = ends[0];
            join(ends[0], sandbox);
            return ends[1];
        }

        @Override
        public void close() {
            poller.close();
            peers.keySet().forEach(Descriptors::close);
        }
    }
}
