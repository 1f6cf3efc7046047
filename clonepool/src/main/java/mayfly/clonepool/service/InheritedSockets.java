package mayfly.clonepool.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.Sockets;

/**
 * Sockets at which others listened before they started this process: those of LISTEN_FDS, as sd_listen_fds(3) has them, or
 * descriptor 0, as inetd gives it. Each is taken once, by who knows its name. They stay those others': they are never
 * shut down, and their files never removed. For one thread.
 */
final class InheritedSockets {
    private static final int FIRST = 3;

    /** What is not named is called so by sd_listen_fds_with_names(3). */
    private static final String UNNAMED = "unknown";

    private record Named(int fd, String name) {}

    private final List<Named> left = new ArrayList<>();

    private InheritedSockets() {}

    /** None. */
    static InheritedSockets none() {
        return new InheritedSockets();
    }

    /** Those of this process. */
    static InheritedSockets ofThisProcess() throws RefusedException {
        InheritedSockets sockets = of(System.getenv(), ProcessHandle.current().pid(), FIRST);
        if (sockets.left.isEmpty()) {
            sockets.takeStandardInput();
        }
        return sockets;
    }

    /**
     * Those of LISTEN_FDS.
     *
     * @param first the number of the first one
     * @throws RefusedException when they are another process's: a program between that does not make way for this one
     *     would else have the service listen somewhere else, unnoticed
     */
    static InheritedSockets of(Map<String, String> environment, long pid, int first) throws RefusedException {
        InheritedSockets sockets = new InheritedSockets();
        String count = environment.getOrDefault("LISTEN_FDS", "");
        if (count.isEmpty()) {
            return sockets;
        }
        String whose = environment.getOrDefault("LISTEN_PID", "");
        if (!whose.equals(Long.toString(pid))) {
            throw new RefusedException(
                    "cannot take the sockets of LISTEN_FDS: "
                            + (whose.isEmpty() ? "LISTEN_PID is missing" : "they are for process " + whose)
                            + ", and this is process " + pid,
                    "let the program that was given them exec mayfly-java serve, or unset LISTEN_FDS");
        }
        if (!count.matches("[0-9]{1,4}")) {
            throw new RefusedException("cannot take the sockets of LISTEN_FDS: it is no number: " + count);
        }
        int number = Integer.parseInt(count);
        List<String> names = names(environment.getOrDefault("LISTEN_FDNAMES", ""), number);
        for (int i = 0; i < number; i++) {
            sockets.left.add(new Named(first + i, names.get(i)));
        }
        return sockets;
    }

    private static List<String> names(String names, int count) throws RefusedException {
        if (names.isEmpty()) {
            return Collections.nCopies(count, UNNAMED);
        }
        List<String> all = Arrays.asList(names.split(":", -1));
        if (all.size() != count) {
            throw new RefusedException("cannot take the sockets of LISTEN_FDS: there are " + count
                    + ", and LISTEN_FDNAMES has " + all.size() + " names");
        }
        return all;
    }

    /** Anything but a socket is somebody's standard input, and so is a connection: programs like to have pipes of that kind. */
    private void takeStandardInput() throws RefusedException {
        try {
            Optional<Sockets.Kind> kind = kind(0);
            if (kind.isEmpty()
                    || (kind.get().type() == Kernel.SOCK_STREAM && !kind.get().listens())) {
                return;
            }
            int socket = Descriptors.duplicate(0, FIRST);
            int nothing = Descriptors.open(Bytes.utf8("/dev/null"), Kernel.O_RDONLY, 0);
            Descriptors.replace(0, nothing);
            Descriptors.close(nothing);
            left.add(new Named(socket, UNNAMED));
        } catch (IOException e) {
            throw new RefusedException("cannot take the socket on descriptor 0: " + Failure.reason(e));
        }
    }

    /**
     * The Unix stream socket of one of these names that listens; non-blocking.
     *
     * @throws RefusedException when it is of another kind
     */
    OptionalInt take(List<String> names) throws RefusedException {
        for (Iterator<Named> all = left.iterator(); all.hasNext(); ) {
            Named socket = all.next();
            if (names.contains(socket.name())) {
                all.remove();
                check(socket);
                return OptionalInt.of(socket.fd());
            }
        }
        return OptionalInt.empty();
    }

    /** The socket at which clients come: unnamed, or named as the units here do it. */
    OptionalInt takeDoor() throws RefusedException {
        return take(List.of("mayfly", "mayfly.socket", UNNAMED, ""));
    }

    private static void check(Named socket) throws RefusedException {
        String cannot =
                "cannot listen at the inherited socket " + socket.name() + " (descriptor " + socket.fd() + "): ";
        String remedy = "give the service a Unix stream socket that listens: ListenStream=/run/mayfly/mayfly.sock";
        try {
            String wrong = kind(socket.fd()).map(InheritedSockets::wrong).orElse("it is no socket");
            if (!wrong.isEmpty()) {
                throw new RefusedException(cannot + wrong, remedy);
            }
            Descriptors.setCloseOnExec(socket.fd());
            Descriptors.setNonBlocking(socket.fd(), true);
        } catch (IOException e) {
            throw new RefusedException(cannot + Failure.reason(e), remedy);
        }
    }

    /** Empty: it is no socket, or nothing at all. */
    private static Optional<Sockets.Kind> kind(int fd) throws IOException {
        return Descriptors.isOpen(fd) ? Sockets.kind(fd) : Optional.empty();
    }

    private static String wrong(Sockets.Kind kind) {
        if (kind.domain() == Kernel.AF_INET || kind.domain() == Kernel.AF_INET6) {
            return "it is a socket of the network, whose clients' users the kernel does not tell";
        } else if (kind.domain() != Kernel.AF_UNIX) {
            return "it is no Unix socket";
        } else if (kind.type() != Kernel.SOCK_STREAM) {
            return "it is a " + (kind.type() == Kernel.SOCK_DGRAM ? "datagram" : "packet") + " socket";
        }
        return kind.listens() ? "" : "nobody listens at it, it is a connection";
    }

    /** @throws RefusedException when there is one that nobody has taken */
    void checkAllTaken() throws RefusedException {
        if (!left.isEmpty()) {
            throw new RefusedException(
                    "cannot use the inherited socket " + left.get(0).name() + " (descriptor "
                            + left.get(0).fd() + "): the service has no use for another one",
                    "give it one socket, named mayfly or not named at all (FileDescriptorName=)");
        }
    }
}
