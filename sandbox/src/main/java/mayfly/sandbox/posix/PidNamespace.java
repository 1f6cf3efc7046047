package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.errno;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The pid namespace of this process, pid_namespaces(7): that of the host, or of the container that it runs in. */
public final class PidNamespace {
    private static final String OF_IT = "ns/pid";
    private static final String NUMBERS = "NSpid:";

    private PidNamespace() {}

    /**
     * Whether the peer of a Unix socket is in it: whoever is in a sandbox, or in a container, is in another one.
     *
     * @param pid as {@link Sockets#peer} tells it
     */
    public static boolean hasPeer(int socket, int pid) throws IOException {
        if (Kernel.IS_FREEBSD) {
            return true; // jails have no such namespaces
        }
        if (pid == 0) {
            return false;
        }
        int[] pidFd = {-1};
        int[] length = {Integer.BYTES};
        if (LIBC.getsockopt(socket, Kernel.SOL_SOCKET, Linux.SO_PEERPIDFD, pidFd, length) < 0) {
            // A kernel older than 6.5: the number could be another process's by now. Or the peer has ended.
            return errno() == Linux.ENOPROTOOPT && hasProcess(pid);
        }
        try {
            // Of the very peer, if it lives afterwards.
            return hasProcess(pid) && Processes.isThere(pidFd[0]);
        } finally {
            Descriptors.close(pidFd[0]);
        }
    }

    private static boolean hasProcess(int pid) throws IOException {
        Path process = Path.of("/proc", String.valueOf(pid));
        try {
            return Files.readSymbolicLink(process.resolve(OF_IT)).equals(Own.LINK);
        } catch (AccessDeniedException e) {
            return hasOneNumber(process); // root's process, and this one is not root's
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** A process has a number in its own namespace and in each around it, as far as they are visible here. */
    private static boolean hasOneNumber(Path process) throws IOException {
        try {
            return Files.readString(process.resolve("status"), StandardCharsets.ISO_8859_1)
                    .lines()
                    .filter(line -> line.startsWith(NUMBERS))
                    .anyMatch(line -> line.substring(NUMBERS.length()).strip().matches("[0-9]+"));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Found out when it is asked for. */
    private static final class Own {
        static final Path LINK = link();

        private static Path link() {
            try {
                return Files.readSymbolicLink(Path.of("/proc/self", OF_IT));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
