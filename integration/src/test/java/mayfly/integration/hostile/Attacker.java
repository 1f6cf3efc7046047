package mayfly.integration.hostile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import mayfly.integration.hostile.Exchange.Said;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;

/** Says to a service what it has recorded, and what it makes of that. For one thread. */
final class Attacker {
    private static final int CAPACITY = 1 << 20;
    private static final int MOST_HELD = 40;
    private static final int FLOOD = 200;
    private static final int ANSWER_MS = 400;
    private static final int USUAL_DESCRIPTORS = 3;

    /** One in so many is held: who holds all the sandboxes that he may have gets no more. */
    private static final int HOLDS_A_SANDBOX = 40;

    private static final int HOLDS_A_DOOR = 4;

    private final Bytes service;
    private final List<Exchange> exchanges;
    private final Random random;
    private final Mutation mutation;
    private final MessageBuffer buffer = new MessageBuffer(CAPACITY);
    private final Deque<Integer> held = new ArrayDeque<>();
    private final Tally tally = new Tally();

    /** What has been done. */
    static final class Tally {
        long connections;
        long answers;
        long sandboxes;
        long floods;

        void add(Tally other) {
            connections += other.connections;
            answers += other.answers;
            sandboxes += other.sandboxes;
            floods += other.floods;
        }

        @Override
        public String toString() {
            return connections + " connections, " + answers + " answers, " + sandboxes + " sandboxes, " + floods
                    + " floods";
        }
    }

    Attacker(Bytes service, List<Exchange> exchanges, Random random) {
        this.service = service;
        this.exchanges = List.copyOf(exchanges);
        this.random = random;
        List<byte[]> all = new ArrayList<>();
        for (Exchange exchange : exchanges) {
            all.addAll(exchange.door());
            exchange.sandbox().forEach(said -> all.add(said.bytes));
        }
        this.mutation = new Mutation(random, all);
    }

    Tally until(long end) throws IOException {
        while (System.nanoTime() < end) {
            if (random.nextInt(300) == 0) {
                flood();
            } else {
                converse(exchanges.get(random.nextInt(exchanges.size())));
            }
        }
        held.forEach(Descriptors::close);
        return tally;
    }

    private void flood() {
        List<Integer> all = new ArrayList<>();
        try {
            for (int i = 0; i < FLOOD; i++) {
                all.add(connect());
            }
        } catch (PosixException e) {
            // So many wait that nobody else can: that is what it is about.
        }
        all.forEach(Descriptors::close);
        tally.floods++;
    }

    private int connect() throws PosixException {
        Path path = NativePath.of(service);
        int directory =
                Descriptors.open(NativePath.bytes(path.resolveSibling(".")), Kernel.O_PATH | Kernel.O_DIRECTORY, 0);
        try {
            return Sockets.connectAtOnce(directory, NativePath.name(path));
        } finally {
            Descriptors.close(directory);
        }
    }

    private void converse(Exchange exchange) throws IOException {
        int door;
        try {
            door = connect();
        } catch (PosixException e) {
            return;
        }
        tally.connections++;
        int sandbox = -1;
        try {
            Descriptors.setNonBlocking(door, true);
            if (say(door, mutation.of(exchange.door()), List.of())) {
                sandbox = answer(door);
            }
            if (sandbox >= 0) {
                tally.sandboxes++;
                Descriptors.setNonBlocking(sandbox, true);
                List<byte[]> messages =
                        exchange.sandbox().stream().map(said -> said.bytes).toList();
                if (!messages.isEmpty()
                        && say(
                                sandbox,
                                random.nextInt(3) == 0 ? messages : mutation.of(messages),
                                exchange.sandbox())) {
                    int more = answer(sandbox);
                    close(more);
                }
            }
        } finally {
            int odds = sandbox >= 0 ? HOLDS_A_SANDBOX : HOLDS_A_DOOR;
            leave(door, odds);
            leave(sandbox, odds);
        }
    }

    /** Whether the peer has listened so far. */
    private boolean say(int socket, List<byte[]> messages, List<Said> real) throws IOException {
        for (int i = 0; i < messages.size(); i++) {
            byte[] message = messages.get(i);
            int usual = i < real.size() ? real.get(i).descriptors : 0;
            int count = random.nextInt(5) == 0 ? random.nextInt(USUAL_DESCRIPTORS + 1) : usual;
            try (WrongDescriptors descriptors = new WrongDescriptors(random, count, socket)) {
                int part = random.nextInt(10) == 0 ? random.nextInt(message.length + 1) : message.length;
                if (!send(socket, message, 0, part, descriptors.descriptors())
                        || !send(socket, message, part, message.length, descriptors.descriptors())) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean send(int socket, byte[] message, int from, int to, List<Integer> descriptors) {
        if (from == to || to - from > CAPACITY) {
            return true;
        }
        buffer.data().clear();
        buffer.data().put(message, from, to - from).flip();
        descriptors.forEach(buffer::attach);
        try {
            return buffer.send(socket) >= 0;
        } catch (PosixException e) {
            return false; // it has closed
        } finally {
            buffer.detach();
        }
    }

    /** The descriptor that came with an answer; -1: none. Often it is not waited for. */
    private int answer(int socket) throws IOException {
        try (Poller poller = new Poller(1)) {
            poller.add(socket, Poller.IN, 0);
            if (poller.await(random.nextInt(4) == 0 ? 0 : random.nextInt(ANSWER_MS)) == 0) {
                return -1;
            }
            buffer.data().clear();
            if (buffer.receive(socket) <= 0) {
                return -1;
            }
            tally.answers++;
            return buffer.descriptors() > 0 ? buffer.take() : -1;
        } catch (PosixException e) {
            return -1;
        } finally {
            buffer.closeReceived();
        }
    }

    /** Goes, or stays for a while without saying anything more. */
    private void leave(int socket, int odds) {
        if (socket < 0) {
            return;
        }
        if (random.nextInt(odds) > 0) {
            close(socket);
            return;
        }
        held.add(socket);
        if (held.size() > MOST_HELD) {
            close(held.remove());
        }
    }

    private static void close(int socket) {
        if (socket >= 0) {
            Descriptors.close(socket);
        }
    }
}
