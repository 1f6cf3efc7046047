package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import mayfly.sandbox.Bytes;

/** Unix sockets, streams where nothing else is said. */
public final class Sockets {
    /** Longest path of a socket, in bytes. */
    public static final int MAX_PATH = 107;

    private static final int FAMILY_BYTES = 2;

    private Sockets() {}

    /** A socket that listens at the path, non-blocking; its mode is what the umask leaves of 0777. */
    public static int listen(Bytes path, int backlog) throws PosixException {
        byte[] address = address(path, "bind");
        int fd = check(stream(Linux.SOCK_NONBLOCK), "socket");
        try {
            check(LIBC.bind(fd, address, address.length), "bind");
            check(LIBC.listen(fd, backlog), "listen");
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** The next connection, non-blocking; -1 when there is none now. */
    public static int accept(int listener) throws PosixException {
        int fd;
        do {
            fd = LIBC.accept4(listener, 0, 0, Linux.SOCK_CLOEXEC | Linux.SOCK_NONBLOCK);
        } while (interrupted(fd));
        if (fd < 0 && errno() == Linux.EAGAIN) {
            return -1;
        }
        return check(fd, "accept4");
    }

    /** A blocking connection to the socket at the path. */
    public static int connect(Bytes path) throws PosixException {
        return connect(path, 0);
    }

    /** The same without waiting for room in the queue of whoever listens there: EAGAIN when there is none. */
    public static int connectAtOnce(Bytes path) throws PosixException {
        int fd = connect(path, Linux.SOCK_NONBLOCK);
        try {
            Descriptors.setNonBlocking(fd, false);
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            throw e;
        }
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
        int fd = check(stream(Linux.SOCK_NONBLOCK), "socket");
        try {
            if (LIBC.connect(fd, address, address.length) == 0) {
                return true;
            }
            return switch (errno()) {
                case Linux.EAGAIN -> true; // so many wait that nobody else can
                case Linux.ENOENT, Linux.ECONNREFUSED -> false;
                default -> throw failure(errno(), "connect");
            };
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
        boolean isAbstract = name.at(0) == '@';
        byte[] address = address(name, "connect");
        if (isAbstract) {
            address[FAMILY_BYTES] = 0;
        }
        int fd = check(LIBC.socket(Linux.AF_UNIX, Linux.SOCK_DGRAM | Linux.SOCK_CLOEXEC, 0), "socket");
        // The NUL at the end of a path would be part of an abstract name.
        if (LIBC.connect(fd, address, address.length - (isAbstract ? 1 : 0)) < 0) {
            PosixException failure = failure(errno(), "connect");
            Descriptors.close(fd);
            throw failure;
        }
        return fd;
    }

    /**
     * What a socket is.
     *
     * @param domain {@code Linux.AF_…}
     * @param type {@code Linux.SOCK_…}
     * @param listens whether connections come to it
     */
    public record Kind(int domain, int type, boolean listens) {}

    /** What the descriptor is; empty: no socket. */
    public static Optional<Kind> kind(int fd) throws PosixException {
        int[] value = new int[1];
        int[] length = {Integer.BYTES};
        if (LIBC.getsockopt(fd, Linux.SOL_SOCKET, Linux.SO_TYPE, value, length) < 0 && errno() == Linux.ENOTSOCK) {
            return Optional.empty();
        }
        return Optional.of(
                new Kind(option(fd, Linux.SO_DOMAIN), option(fd, Linux.SO_TYPE), option(fd, Linux.SO_ACCEPTCONN) != 0));
    }

    private static int option(int fd, int option) throws PosixException {
        int[] value = new int[1];
        check(LIBC.getsockopt(fd, Linux.SOL_SOCKET, option, value, new int[] {Integer.BYTES}), "getsockopt");
        return value[0];
    }

    /** Two blocking sockets that are connected with each other. */
    public static int[] pair() throws PosixException {
        int[] ends = new int[2];
        check(LIBC.socketpair(Linux.AF_UNIX, Linux.SOCK_STREAM | Linux.SOCK_CLOEXEC, 0, ends), "socketpair");
        return ends;
    }

    /** The same, for whole messages. */
    public static int[] messagePair() throws PosixException {
        int[] ends = new int[2];
        check(LIBC.socketpair(Linux.AF_UNIX, Linux.SOCK_SEQPACKET | Linux.SOCK_CLOEXEC, 0, ends), "socketpair");
        return ends;
    }

    /** Ends the conversation in both directions and wakes who waits for the socket; it stays to be closed. */
    public static void shutdown(int fd) throws PosixException {
        check(LIBC.shutdown(fd, Linux.SHUT_RDWR), "shutdown");
    }

    /** Who connected, as the kernel noted it then. */
    public static PeerCredentials peer(int fd) throws PosixException {
        int[] pidUidGid = new int[3];
        int[] length = {pidUidGid.length * Integer.BYTES};
        check(LIBC.getsockopt(fd, Linux.SOL_SOCKET, Linux.SO_PEERCRED, pidUidGid, length), "getsockopt");
        return new PeerCredentials(
                Integer.toUnsignedLong(pidUidGid[1]), Integer.toUnsignedLong(pidUidGid[2]), pidUidGid[0]);
    }

    /** The supplementary groups of who connected, as the kernel noted them then (since Linux 4.13). */
    public static long[] peerGroups(int fd) throws PosixException {
        int[] groups = new int[64];
        int[] length = {groups.length * Integer.BYTES};
        int result = LIBC.getsockopt(fd, Linux.SOL_SOCKET, Linux.SO_PEERGROUPS, groups, length);
        if (result < 0 && errno() == Linux.ERANGE) {
            groups = new int[length[0] / Integer.BYTES];
            result = LIBC.getsockopt(fd, Linux.SOL_SOCKET, Linux.SO_PEERGROUPS, groups, length);
        }
        check(result, "getsockopt");
        return Accounts.ids(groups, length[0] / Integer.BYTES);
    }

    private static int stream(int flags) {
        return LIBC.socket(Linux.AF_UNIX, Linux.SOCK_STREAM | Linux.SOCK_CLOEXEC | flags, 0);
    }

    private static byte[] address(Bytes path, String function) throws PosixException {
        if (path.length() > MAX_PATH) {
            throw failure(Linux.ENAMETOOLONG, function);
        }
        byte[] name = Native.cString(path);
        return ByteBuffer.allocate(FAMILY_BYTES + name.length)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Linux.AF_UNIX)
                .put(name)
                .array();
    }
}
