package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.OptionalLong;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;

/** The service's directory with its lock and its socket. Whoever holds the lock is the service of this directory. */
final class RuntimeDirectory implements AutoCloseable {
    /** The group whose members may use the service of the whole system. */
    private static final Bytes GROUP = Bytes.utf8("mayfly");

    private static final int PUBLIC_DIRECTORY = 0755;
    private static final int PRIVATE_DIRECTORY = 0700;
    private static final int PRIVATE_FILE = 0600;
    private static final int GROUP_FILE = 0660;
    private static final int BACKLOG = 4096;

    /** How long an earlier service may take to end after it has removed its socket. */
    private static final Duration ENDING = Duration.ofSeconds(5);

    private final Path directory;
    private final boolean system;
    private final int lock;

    private RuntimeDirectory(Path directory, boolean system, int lock) {
        this.directory = directory;
        this.system = system;
        this.lock = lock;
    }

    /**
     * Makes what is missing and takes the lock.
     *
     * @param socketStays whether the socket is somebody else's, and tells nothing of a service
     */
    static RuntimeDirectory open(Path path, boolean system, boolean socketStays) throws RefusedException, IOException {
        Path directory = path.toAbsolutePath().normalize();
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(directory.getParent());
            FileModes.makeDirectory(NativePath.bytes(directory), system ? PUBLIC_DIRECTORY : PRIVATE_DIRECTORY);
        }
        check(directory, system);
        Path mount = directory.resolve("mnt");
        if (!Files.exists(mount, LinkOption.NOFOLLOW_LINKS)) {
            FileModes.makeDirectory(NativePath.bytes(mount), PUBLIC_DIRECTORY);
        }
        return new RuntimeDirectory(directory, system, lock(directory, socketStays));
    }

    private static void check(Path directory, boolean system) throws RefusedException, IOException {
        String cannot = "cannot start the service: " + directory;
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new RefusedException(cannot + " is not a directory");
        }
        Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (Integer.toUnsignedLong((Integer) owner) != Accounts.effectiveUid()) {
            throw new RefusedException(cannot + " belongs to another user");
        }
        var permissions =
                Files.readAttributes(directory, PosixFileAttributes.class).permissions();
        boolean open = permissions.contains(PosixFilePermission.OTHERS_WRITE)
                || permissions.contains(PosixFilePermission.GROUP_WRITE)
                || (!system && permissions.contains(PosixFilePermission.OTHERS_EXECUTE));
        if (open) {
            throw new RefusedException(
                    cannot + " is open to other users", "chmod " + (system ? "0755 " : "0700 ") + directory);
        }
    }

    private static int lock(Path directory, boolean socketStays) throws RefusedException, IOException {
        Bytes file = NativePath.join(NativePath.bytes(directory), "service.lock");
        int lock;
        try {
            lock = Descriptors.open(file, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_NOFOLLOW, PRIVATE_FILE);
        } catch (PosixException e) {
            throw new RefusedException("cannot start the service: cannot open " + file + ": " + e.reason());
        }
        // One that is ending has removed its socket first.
        Path socket = directory.resolve("mayfly.sock");
        if (!Descriptors.tryLock(lock, ENDING, () -> socketStays || !Files.exists(socket))) {
            Descriptors.close(lock);
            throw new RefusedException(
                    "cannot start the service: one is running in " + directory,
                    "end it first, or name another directory with --runtime-dir");
        }
        return lock;
    }

    Path path() {
        return directory;
    }

    /** The empty directory below which sandboxes build their roots. */
    Bytes mount() {
        return NativePath.join(NativePath.bytes(directory), "mnt");
    }

    /** Where files lie that sandboxes bind. */
    Path cookies() {
        return directory.resolve("cookies");
    }

    /** Where sessions are. */
    Path sessions() {
        return directory.resolve("sessions");
    }

    private Path socket() {
        return directory.resolve("mayfly.sock");
    }

    /**
     * Listens at the socket, in place of one that a dead service left. Until it listens, and only those can open it
     * who may, it has another name.
     */
    int listen() throws RefusedException, IOException {
        Path unfinished = directory.resolve("new.sock");
        Bytes path = NativePath.bytes(unfinished);
        Files.deleteIfExists(unfinished);
        int listener;
        try {
            if (Sockets.isServed(NativePath.bytes(socket()))) {
                throw new RefusedException(
                        "cannot listen at " + socket() + ": the address is in use, another program listens there",
                        "if that is systemd for mayfly.socket: systemctl start mayfly.service, or stop mayfly.socket first");
            }
            listener = Sockets.listen(path, BACKLOG);
        } catch (PosixException e) {
            throw new RefusedException("cannot listen at " + socket() + ": " + Failure.reason(e));
        }
        OptionalLong group = system ? Accounts.group(GROUP) : OptionalLong.empty();
        if (group.isPresent()) {
            FileModes.chown(path, FileModes.UNCHANGED, group.getAsLong());
        }
        FileModes.chmod(path, group.isPresent() ? GROUP_FILE : PRIVATE_FILE);
        Files.move(unfinished, socket(), StandardCopyOption.ATOMIC_MOVE);
        return listener;
    }

    void removeSocket() throws IOException {
        Files.deleteIfExists(socket());
    }

    @Override
    public void close() {
        Descriptors.close(lock);
    }
}
