package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.FrameWriter;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.protocol.ProtocolException;
import mayfly.clonepool.protocol.VersionException;
import mayfly.clonepool.service.Connection.State;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Counts;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.PeerCredentials;
import mayfly.sandbox.posix.PidNamespace;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;

/**
 * Lets clients in and speaks docs/protocol.md with them. A client that breaks the protocol or its bounds loses its
 * connection, and nobody else notices. Works in the event loop's thread.
 */
final class Door {
    /** Who answers the requests. */
    interface Desk {
        void claim(Connection connection, Frame.Claim claim);

        void ask(Connection connection, Frame.Ask ask);

        /** That is not done for the client, who is told so just now. */
        default void refused(Connection connection, RefusedException why) {}

        /** The client has gone, or broke the protocol; the connection is closed. */
        void gone(Connection connection);
    }

    private static final int BUFFER_BYTES = Protocol.LENGTH_BYTES + Protocol.DOOR_FRAME_BYTES;

    /** Bytes of incomplete requests of all clients together. */
    private static final int INCOMPLETE_BYTES = 32 << 20;

    private static final int INCOMPLETE_BYTES_OF_ONE = INCOMPLETE_BYTES / 4;

    /** An honest client's request comes in few pieces. */
    private static final int PIECES = 256;

    private static final int ACCEPT_AT_ONCE = 64;
    private static final Duration OUT_OF_DESCRIPTORS = Duration.ofMillis(100);
    private static final FrameReader FROM_CLIENT = FrameReader.from(Sender.CLIENT_AT_DOOR);

    private final EventLoop loop;
    private final Desk desk;
    private final Optional<Caller> owner;
    private final Log log;
    private final MessageBuffer incoming = new MessageBuffer(BUFFER_BYTES);
    private final MessageBuffer outgoing = new MessageBuffer(BUFFER_BYTES);
    private final Budget incomplete = new Budget(INCOMPLETE_BYTES, INCOMPLETE_BYTES_OF_ONE);
    private final Counts<Long> connectionsOf = new Counts<>();
    private final Deadlines<Connection> requests = new Deadlines<>(Duration.ofMillis(Protocol.REQUEST_MILLIS));
    private final Deadlines<Door> pause = new Deadlines<>(OUT_OF_DESCRIPTORS);
    private final UnreadDescriptors unread;
    private int listener = -1;

    /** @param owner the only user, beside root, whom this service serves; and who all clients are to it */
    Door(EventLoop loop, Desk desk, Optional<Caller> owner, Log log) {
        this.loop = loop;
        this.desk = desk;
        this.owner = owner;
        this.log = log;
        this.unread = new UnreadDescriptors(log);
    }

    /** Lets clients in that come to the listening socket, which is the door's from now on. */
    void open(int socket) throws IOException {
        listener = socket;
        loop.watch(listener, Poller.IN, events -> letInWaiting());
    }

    /**
     * Lets nobody in any more, but those who are at the door already.
     *
     * @return whether there were any
     */
    boolean close() throws IOException {
        // Whoever connects from now on is told at once that nobody listens. FreeBSD cannot do that to an open socket:
        // who comes between the last one here and its end is turned away, and asks the next service.
        if (!Kernel.IS_FREEBSD) {
            Sockets.shutdown(listener);
        }
        boolean some = false;
        for (int fd = accept(); fd >= 0; fd = accept()) {
            some = true;
            letIn(fd);
        }
        loop.forget(listener);
        Descriptors.close(listener);
        listener = -1;
        return some;
    }

    /** Lets nobody in any more; who waits at the socket, which others have too, is for the next service. */
    void leave() throws IOException {
        loop.forget(listener);
        listener = -1;
    }

    /** Lets in who waits at the socket just now; whether there was anybody. */
    boolean letInWaiting() throws IOException {
        boolean some = false;
        for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
            int fd = accept();
            if (fd < 0) {
                return some;
            }
            some = true;
            letIn(fd);
        }
        return some;
    }

    long left(long now) {
        return Math.min(Math.min(requests.left(now), pause.left(now)), unread.left(now));
    }

    void tick(long now) throws IOException {
        for (Optional<Connection> slow = requests.expired(now); slow.isPresent(); slow = requests.expired(now)) {
            protocolBroken(slow.get(), "its request was not complete within " + Protocol.REQUEST_MILLIS + " ms");
        }
        if (pause.expired(now).isPresent() && listener >= 0) {
            open(listener);
        }
        unread.tick(now);
    }

    /** The next connection; -1 when there is none, or none can be had. */
    private int accept() throws IOException {
        try {
            return Sockets.accept(listener);
        } catch (PosixException e) {
            if (e.errno() == Kernel.EINVAL) {
                return -1; // shut down, and nobody left
            }
            // Most likely descriptors have run out; those who wait would wake us all the time.
            log.line("cannot accept a connection: " + e.reason());
            loop.forget(listener);
            pause.add(this, System.nanoTime());
            return -1;
        }
    }

    private void letIn(int fd) {
        try {
            Sockets.readAllInline(fd);
            PeerCredentials peer = Sockets.peer(fd);
            if (connectionsOf.of(peer.uid()) >= Protocol.CONNECTIONS_PER_UID) {
                log.client("user " + peer.uid() + " has too many connections");
                hangUp(fd);
                return;
            }
            Connection connection = new Connection(fd, peer.uid(), peer.gid(), peer.pid(), caller(peer, fd));
            connection.turnAway(objection(fd, peer));
            loop.watch(fd, Poller.IN | Poller.PEER_CLOSED, events -> ready(connection));
            connectionsOf.add(peer.uid());
            requests.add(connection, System.nanoTime());
            read(connection); // most requests are there already
        } catch (IOException e) {
            log.line("cannot serve a connection: " + Failure.reason(e));
            hangUp(fd);
        }
    }

    /** Why the peer's request will be refused, whatever it is. */
    private Optional<RefusedException> objection(int fd, PeerCredentials peer) throws IOException {
        if (owner.isPresent() && peer.uid() != owner.get().uid() && peer.uid() != 0) {
            return Optional.of(new RefusedException(
                    "cannot use this service: it is that of user " + owner.get().uid()));
        }
        if (!PidNamespace.hasPeer(fd, peer.pid())) {
            return Optional.of(new RefusedException(
                    "cannot serve this client: it is in a sandbox or a container",
                    "a command that is given the service's socket is still not its user: run mayfly outside"));
        }
        return Optional.empty();
    }

    /** In a user's own service everybody is that user: it cannot become anybody else. */
    private Caller caller(PeerCredentials peer, int fd) throws IOException {
        if (owner.isPresent()) {
            return owner.get();
        }
        List<Long> groups = new ArrayList<>();
        for (long group : Sockets.peerGroups(fd)) {
            groups.add(group);
        }
        return new Caller(peer.uid(), peer.gid(), groups);
    }

    private void ready(Connection connection) {
        if (connection.state() == State.READING) {
            read(connection);
        } else {
            // Nothing more is to be said: this is the end, or a client that does not know it.
            close(connection);
        }
    }

    private void read(Connection connection) {
        try {
            Optional<Frame> frame = receive(connection);
            if (frame.isPresent()) {
                requests.remove(connection);
                Optional<RefusedException> objection = connection.objection();
                if (objection.isPresent()) {
                    refuse(connection, objection.get());
                } else if (frame.get() instanceof Frame.Claim claim) {
                    desk.claim(connection, claim);
                } else if (frame.get() instanceof Frame.Ask ask) {
                    desk.ask(connection, ask);
                }
            }
        } catch (VersionException e) {
            refuse(
                    connection,
                    new RefusedException(
                            "cannot serve this client: it speaks version " + Integer.toUnsignedString(e.theirs())
                                    + " of the protocol, the service version " + Protocol.VERSION,
                            "use client and service of the same installation"));
        } catch (ProtocolException e) {
            protocolBroken(connection, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            close(connection);
        } catch (RuntimeException e) {
            log.line("unexpected, in a request of user " + connection.uid() + ": " + e);
            close(connection);
        }
    }

    /** The request, once it is complete. */
    private Optional<Frame> receive(Connection connection) throws IOException {
        ByteBuffer data = incoming.data().clear();
        data.put(connection.beginning());
        int count = incoming.receiveBytes(connection.fd());
        if (count == 0) {
            throw new IOException("the client has gone");
        }
        if (count < 0) {
            return Optional.empty();
        }
        if (incoming.broughtTooMany()) {
            throw new ProtocolException("a request with descriptors");
        }
        data.flip();
        int length = FROM_CLIENT.complete(data);
        if (length < 0) {
            keep(connection, data);
            return Optional.empty();
        }
        if (length < data.remaining()) {
            throw new ProtocolException("more than one request");
        }
        release(connection);
        return Optional.of(FROM_CLIENT.read(data));
    }

    private void keep(Connection connection, ByteBuffer data) throws ProtocolException {
        int more = data.remaining() - connection.beginning().length;
        if (connection.pieces() >= PIECES) {
            throw new ProtocolException("a request in too many pieces");
        }
        if (!incomplete.take(connection.uid(), more)) {
            throw new ProtocolException("too many incomplete requests");
        }
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        connection.keep(bytes);
    }

    private void release(Connection connection) {
        incomplete.release(connection.uid(), connection.beginning().length);
        connection.keep(new byte[0]);
    }

    /** What has gone of a frame: a descriptor goes with the first byte. */
    enum Sent {
        ALL,
        /** The client does not take the rest; the connection is of no more use. */
        BEGINNING,
        /** The client does not take it, or has gone. */
        NOTHING
    }

    /** Sends a frame and, unless -1, a descriptor with it. */
    Sent send(Connection connection, Frame frame, int descriptor) {
        if (connection.isClosed()) {
            return Sent.NOTHING; // the number may be another client's by now
        }
        try {
            ByteBuffer data = outgoing.data().clear();
            FrameWriter.write(frame, data);
            data.flip();
            outgoing.detach();
            if (descriptor >= 0) {
                outgoing.attach(descriptor);
            }
            if (outgoing.send(connection.fd()) <= 0) {
                return Sent.NOTHING;
            }
            if (data.hasRemaining()) {
                log.client("user " + connection.uid() + " does not take a whole answer");
                return Sent.BEGINNING;
            }
            return Sent.ALL;
        } catch (ProtocolException e) {
            log.client("cannot answer user " + connection.uid() + ": " + e.getMessage());
            tellTooLong(connection, frame);
            return Sent.NOTHING;
        } catch (IOException e) {
            return Sent.NOTHING; // the client has gone
        }
    }

    /** Says why the frame does not come, unless that is what was too long. */
    private void tellTooLong(Connection connection, Frame frame) {
        if (!(frame instanceof Frame.Refused)) {
            send(
                    connection,
                    refused(new RefusedException("cannot answer: the answer is too long, with more than "
                            + Protocol.DOOR_FRAME_BYTES + " bytes")),
                    -1);
        }
    }

    /** Answers that there will be nothing, and closes the connection. */
    void refuse(Connection connection, RefusedException why) {
        send(connection, refused(why), -1);
        if (!connection.isClosed()) {
            desk.refused(connection, why);
        }
        close(connection);
    }

    static Frame refused(RefusedException why) {
        return new Frame.Refused(Protocol.VERSION, RefusedException.STATUS, why.getMessage(), why.remedy());
    }

    private void protocolBroken(Connection connection, String how) {
        log.client("closed a connection of user " + connection.uid() + ": " + how);
        close(connection);
    }

    /** Ends the connection, unless it is at its end. */
    void close(Connection connection) {
        if (connection.isClosed()) {
            return;
        }
        requests.remove(connection);
        release(connection);
        try {
            loop.forget(connection.fd());
        } catch (IOException e) {
            log.line("cannot forget a connection: " + Failure.reason(e));
        }
        hangUp(connection.takeFd());
        connectionsOf.remove(connection.uid());
        try {
            desk.gone(connection);
        } finally {
            connection.enter(State.CLOSED);
        }
    }

    /** Closes the socket when nothing more can come to it and all that came has been read: nobody's descriptors are let go of here. */
    private void hangUp(int fd) {
        try {
            Sockets.shutdown(fd);
            int count;
            do {
                incoming.data().clear();
                count = incoming.receiveBytes(fd);
            } while (count > 0 && !incoming.broughtTooMany());
            if (count == 0) {
                Descriptors.close(fd);
                return;
            }
        } catch (PosixException e) {
            if (e.errno() == Kernel.ECONNRESET) {
                Descriptors.close(fd); // the other end is closed, and this one empty
                return;
            }
        }
        unread.add(fd, System.nanoTime());
    }
}
