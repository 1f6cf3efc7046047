package mayfly.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;

/** One connection to a service: one request, its replies, at most one descriptor with them. For one thread. */
final class Door implements AutoCloseable {
    private static final FrameReader REPLIES = FrameReader.from(Protocol.Sender.SERVICE_AT_DOOR);

    /**
     * The service answers within 30 s, if only to say that it cannot, or tells that it is at work; a template's hook may
     * take 30 s more.
     */
    private static final int PATIENCE_MILLIS = 75_000;

    private final int fd;
    private final int patienceMillis;
    private final MessageBuffer buffer = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.DOOR_FRAME_BYTES);

    private final List<Integer> received = new ArrayList<>();

    private Door(int fd, int patienceMillis) {
        this.fd = fd;
        this.patienceMillis = patienceMillis;
    }

    /** The service went away without a whole reply. */
    static final class GoneException extends IOException {
        private static final long serialVersionUID = 1L;

        GoneException() {
            super("the service ended during the request");
        }
    }

    /** The service said nothing for too long. */
    static final class SilentException extends IOException {
        private static final long serialVersionUID = 1L;

        SilentException() {
            super("the service does not answer");
        }
    }

    /**
     * Connects to the service in a place. Only this user himself and, where no other user can lay a way to him, root are
     * believed to be a service.
     */
    static Door connect(Bytes place) throws PosixException {
        return connect(place, PATIENCE_MILLIS);
    }

    static Door connect(Bytes place, int patienceMillis) throws PosixException {
        int fd = Sockets.connect(ServicePlaces.socket(place));
        try {
            long owner = Sockets.peer(fd).uid();
            long uid = Accounts.effectiveUid();
            if (owner != uid && (owner != 0 || place.equals(ServicePlaces.inTmp(uid)))) {
                throw PosixException.of(Kernel.EPERM, "connect");
            }
            return new Door(fd, patienceMillis);
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** The connection, which is the lease after a claim. */
    int fd() {
        return fd;
    }

    /** Sends the request; the first reply. */
    Frame exchange(Frame request) throws IOException {
        buffer.data().clear();
        FrameWriter.write(request, buffer.data());
        buffer.data().flip();
        send();
        buffer.data().clear();
        return next();
    }

    /** The reply after the one that was read last. */
    Frame next() throws IOException {
        try (Poller readable = new Poller(1)) {
            readable.add(fd, Poller.IN, 0);
            while (REPLIES.complete(buffer.data().duplicate().flip()) < 0) {
                if (readable.await(patienceMillis) == 0) {
                    throw new SilentException();
                }
                if (buffer.receive(fd) == 0) {
                    throw new GoneException();
                }
                while (buffer.descriptors() > 0) {
                    received.add(buffer.take());
                }
            }
        } catch (PosixException e) {
            if (e.errno() == Kernel.ECONNRESET) {
                throw new GoneException();
            }
            throw e;
        }
        buffer.data().flip();
        try {
            return REPLIES.read(buffer.data());
        } finally {
            buffer.data().compact();
        }
    }

    /** A service may have answered, and gone, before it read everything. */
    private void send() throws PosixException {
        try {
            buffer.sendFully(fd);
        } catch (PosixException e) {
            if (e.errno() != Kernel.EPIPE) {
                throw e;
            }
        }
    }

    /** Takes the one descriptor that came with the reply; any other number of them breaks the protocol. */
    int takeDescriptor() throws ProtocolException {
        if (received.size() != 1) {
            throw new ProtocolException(received.size() + " descriptors with a reply");
        }
        return received.remove(0);
    }

    @Override
    public void close() {
        received.forEach(Descriptors::close);
        received.clear();
        Descriptors.close(fd);
    }
}
