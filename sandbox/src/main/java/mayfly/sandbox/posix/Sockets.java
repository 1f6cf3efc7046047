package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import mayfly.sandbox.Bytes;

/** Unix sockets, streams where nothing else is said. */
public final class Sockets {
    /** Longest path of a socket, in bytes. */
    public static final int MAX_PATH = SocketAddress.ofThisSystem().maxPath();

    private static final int PRIVATE_SOCKET = 0600;
    private static final int ATTEMPTS = 100;
    private static final long PAUSE_NANOS = 10_000_000;

    private Sockets() {}

    /** A socket that listens at the path, non-blocking; its mode is what the umask leaves of 0600 (on FreeBSD of 0777). */
    public static int listen(Bytes path, int backlog) throws PosixException {
        byte[] address = address(path, "bind");
        int fd = check(stream(Kernel.SOCK_NONBLOCK), "socket");
        try {
            if (!Kernel.IS_FREEBSD) {
                FileModes.chmod(fd, PRIVATE_SOCKET); // before it has a name: bind(2) makes the file with this mode
            }
            check(LIBC.bind(fd, address, address.length), "bind");
            check(LIBC.listen(fd, backlog), "listen");
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** The same at a path in an open directory. */
    public static int listen(int directory, Bytes path, int backlog) throws PosixException {
        if (!Kernel.IS_FREEBSD) {
            return listen(in(directory, path), backlog);
        }
        byte[] address = address(path, "bindat");
        int fd = check(stream(Kernel.SOCK_NONBLOCK), "socket");
        try {
            check(LIBC.bindat(directory, fd, address, address.length), "bindat");
            check(LIBC.listen(fd, backlog), "listen");
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    private static Bytes in(int directory, Bytes path) {
        return Bytes.utf8("/proc/self/fd/" + directory + "/").plus(path);
    }

    /** The next connection, non-blocking; -1 when there is none now, or it has gone before it could be had. */
    public static int accept(int listener) throws PosixException {
        int fd;
        do {
            fd = LIBC.accept4(listener, 0, 0, Kernel.SOCK_CLOEXEC | Kernel.SOCK_NONBLOCK);
        } while (interrupted(fd));
        if (fd < 0 && (errno() == Kernel.EAGAIN || errno() == Kernel.ECONNABORTED)) {
            return -1;
        }
        return check(fd, "accept4");
    }

    /**
     * A blocking connection to the socket at the path. FreeBSD does not wait for room in the queue of whoever listens, but says
     * that nobody does: there it is tried for a second.
     */
    public static int connect(Bytes path) throws PosixException {
        for (int attempt = 1; ; attempt++) {
            try {
                return connect(path, 0);
            } catch (PosixException e) {
                boolean mayBeFull = Kernel.IS_FREEBSD && e.errno() == Kernel.ECONNREFUSED;
                if (!mayBeFull || attempt == ATTEMPTS) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /**
     * The same at a path in an open directory, without waiting for room in the queue of whoever listens there: EAGAIN when
     * there is none, on FreeBSD ECONNREFUSED as when nobody listens.
     */
    public static int connectAtOnce(int directory, Bytes path) throws PosixException {
        int fd = Kernel.IS_FREEBSD ? connectAt(directory, path) : connect(in(directory, path), Kernel.SOCK_NONBLOCK);
        try {
            Descriptors.setNonBlocking(fd, false);
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    private static int connectAt(int directory, Bytes path) throws PosixException {
        byte[] address = address(path, "connectat");
        int fd = check(stream(Kernel.SOCK_NONBLOCK), "socket");
        if (LIBC.connectat(directory, fd, address, address.length) < 0) {
            PosixException failure = failure(errno(), "connectat");
            Descriptors.close(fd);
            throw failure;
        }
        return fd;
    }

    private static int connect(Bytes path, int flags) throws PosixException {
        byte[] address = address(path, "connect");
        int fd = check(stream(flags), "socket");
        int result;
        do {
            result = LIBC.connect(fd, address, address.length);
        } while (interrupted(result));
        if (result < 0) {
            PosixException failure = failure(errno(), "connect");
            Descriptors.close(fd);
            throw failure;
        }
        return fd;
    }

    /** Whether somebody listens at the path, be it a program that does not answer. */
    public static boolean isServed(Bytes path) throws PosixException {
        byte[] address = address(path, "connect");
        int fd = check(stream(Kernel.SOCK_NONBLOCK), "socket");
        try {
            if (LIBC.connect(fd, address, address.length) == 0) {
                return true;
            }
            int errno = errno();
            if (errno == Kernel.EAGAIN) {
                return true; // so many wait that nobody else can
            }
            if (errno == Kernel.ENOENT || errno == Kernel.ECONNREFUSED) {
                return false;
            }
            throw failure(errno, "connect");
        } finally {
            Descriptors.close(fd);
        }
    }

    /**
     * A blocking socket whose messages go to a datagram socket.
     *
     * @param name its path; after {@code @} an abstract name, unix(7)
     */
    public static int messagesTo(Bytes name) throws PosixException {
        boolean isAbstract = name.at(0) == '@' && !Kernel.IS_FREEBSD;
        byte[] address = isAbstract ? SocketAddress.ofAbstract(name) : address(name, "connect");
        int fd = check(LIBC.socket(Kernel.AF_UNIX, Kernel.SOCK_DGRAM | Kernel.SOCK_CLOEXEC, 0), "socket");
        if (LIBC.connect(fd, address, address.length) < 0) {
            PosixException failure = failure(errno(), "connect");
            Descriptors.close(fd);
            throw failure;
        }
        return fd;
    }

    /**
     * What a socket is.
     *
     * @param domain {@code Kernel.AF_…}
     * @param type {@code Kernel.SOCK_…}
     * @param listens whether connections come to it
     */
    public record Kind(int domain, int type, boolean listens) {}

    /** What the descriptor is; empty: no socket. */
    public static Optional<Kind> kind(int fd) throws PosixException {
        int[] value = new int[1];
        int[] length = {Integer.BYTES};
        if (LIBC.getsockopt(fd, Kernel.SOL_SOCKET, Kernel.SO_TYPE, value, length) < 0 && errno() == Kernel.ENOTSOCK) {
            return Optional.empty();
        }
        return Optional.of(new Kind(
                option(fd, Kernel.SO_DOMAIN), option(fd, Kernel.SO_TYPE), option(fd, Kernel.SO_ACCEPTCONN) != 0));
    }

    private static int option(int fd, int option) throws PosixException {
        int[] value = new int[1];
        check(LIBC.getsockopt(fd, Kernel.SOL_SOCKET, option, value, new int[] {Integer.BYTES}), "getsockopt");
        return value[0];
    }

    /** Two blocking sockets that are connected with each other. */
    public static int[] pair() throws PosixException {
        int[] ends = new int[2];
        check(LIBC.socketpair(Kernel.AF_UNIX, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0, ends), "socketpair");
        return ends;
    }

    /** The same, for whole messages. */
    public static int[] messagePair() throws PosixException {
        int[] ends = new int[2];
        check(LIBC.socketpair(Kernel.AF_UNIX, Kernel.SOCK_SEQPACKET | Kernel.SOCK_CLOEXEC, 0, ends), "socketpair");
        return ends;
    }

    /** Has what comes out of band be read with all else: it is let go of unread otherwise, with the descriptors that came with it. */
    public static void readAllInline(int fd) throws PosixException {
        int[] on = {1};
        check(LIBC.setsockopt(fd, Kernel.SOL_SOCKET, Kernel.SO_OOBINLINE, on, Integer.BYTES), "setsockopt");
    }

    /** Ends the conversation in both directions and wakes who waits for the socket; it stays to be closed. */
    public static void shutdown(int fd) throws PosixException {
        check(LIBC.shutdown(fd, Kernel.SHUT_RDWR), "shutdown");
    }

    /** Who connected, as the kernel noted it then. */
    public static PeerCredentials peer(int fd) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            SocketUser user = user(fd);
            return new PeerCredentials(user.uid(), user.groups().get(0), user.pid());
        }
        int[] pidUidGid = new int[3];
        int[] length = {pidUidGid.length * Integer.BYTES};
        check(LIBC.getsockopt(fd, Kernel.SOL_SOCKET, Linux.SO_PEERCRED, pidUidGid, length), "getsockopt");
        return new PeerCredentials(
                Integer.toUnsignedLong(pidUidGid[1]), Integer.toUnsignedLong(pidUidGid[2]), pidUidGid[0]);
    }

    /**
     * The supplementary groups of who connected, as the kernel noted them then (since Linux 4.13).
     *
     * @throws PosixException on FreeBSD also with ERANGE: he has more than the kernel tells of
     */
    public static long[] peerGroups(int fd) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            SocketUser user = user(fd);
            if (!user.isWhole()) {
                throw failure(Kernel.ERANGE, "getsockopt(LOCAL_PEERCRED)");
            }
            return user.groups().stream().skip(1).mapToLong(Long::longValue).toArray();
        }
        int[] groups = new int[64];
        int[] length = {groups.length * Integer.BYTES};
        int result = LIBC.getsockopt(fd, Kernel.SOL_SOCKET, Linux.SO_PEERGROUPS, groups, length);
        if (result < 0 && errno() == Kernel.ERANGE) {
            groups = new int[length[0] / Integer.BYTES];
            result = LIBC.getsockopt(fd, Kernel.SOL_SOCKET, Linux.SO_PEERGROUPS, groups, length);
        }
        check(result, "getsockopt");
        return Accounts.ids(groups, length[0] / Integer.BYTES);
    }

    private static SocketUser user(int fd) throws PosixException {
        byte[] user = new byte[SocketUser.BYTES];
        int[] length = {user.length};
        check(LIBC.getsockopt(fd, FreeBsd.SOL_LOCAL, FreeBsd.LOCAL_PEERCRED, user, length), "getsockopt");
        return SocketUser.of(user);
    }

    private static int stream(int flags) {
        return LIBC.socket(Kernel.AF_UNIX, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC | flags, 0);
    }

    private static byte[] address(Bytes path, String function) throws PosixException {
        if (path.length() > MAX_PATH) {
            throw failure(Kernel.ENAMETOOLONG, function);
        }
        return SocketAddress.ofThisSystem().of(path);
    }
}
