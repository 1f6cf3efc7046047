package mayfly.clonepool.desktop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;

/**
 * Files for sandboxes to bind: copies of cookies for one run each, and the sound clients' settings. They stay the service's own,
 * so that no user can fill its filesystem through one; who may read a cookie is in the file's access control list. A
 * sandbox keeps what it has bound when the name is gone. Thread-safe.
 */
public final class Cookies {
    private static final int PASSABLE_DIRECTORY = 0711;
    private static final int PRIVATE_DIRECTORY = 0700;
    private static final int PRIVATE_FILE = 0600;
    private static final int PUBLIC_FILE = 0644;
    private static final int NEW = Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_EXCL | Kernel.O_NOFOLLOW;
    private static final String SETTINGS = "pulse-client.conf";

    /** Shared memory does not reach out of a sandbox, and no server is to be started in it. */
    private static final String SETTINGS_TEXT = "enable-shm = no\nautospawn = no\n";

    private final Path directory;
    private final long owner = Accounts.effectiveUid();
    private final AtomicLong names = new AtomicLong();

    private Cookies(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory, or empties the one that an earlier service left. */
    public static Cookies open(Path directory, boolean system) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            FileModes.makeDirectory(NativePath.bytes(directory), system ? PASSABLE_DIRECTORY : PRIVATE_DIRECTORY);
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
        Cookies cookies = new Cookies(directory);
        int settings = cookies.create(directory.resolve(SETTINGS), Bytes.utf8(SETTINGS_TEXT));
        try {
            FileModes.chmod(settings, PUBLIC_FILE);
        } finally {
            Descriptors.close(settings);
        }
        return cookies;
    }

    /** The sound clients' settings. */
    Bytes soundSettings() {
        return NativePath.bytes(directory.resolve(SETTINGS));
    }

    /** A new file of this content that these users may read, beside the service's own. */
    Path write(Bytes content, List<Long> readers) throws RefusedException {
        Path file = directory.resolve(Long.toString(names.incrementAndGet()));
        List<Long> others =
                readers.stream().filter(uid -> uid != owner).distinct().toList();
        try {
            int fd = create(file, content);
            try {
                if (!others.isEmpty()) {
                    FileModes.letRead(fd, others);
                }
                return file;
            } catch (PosixException e) {
                remove(List.of(file));
                throw e;
            } finally {
                Descriptors.close(fd);
            }
        } catch (IOException e) {
            throw new RefusedException("cannot write a cookie into " + directory + ": " + Failure.reason(e));
        }
    }

    private int create(Path file, Bytes content) throws IOException {
        int fd = Descriptors.open(NativePath.bytes(file), NEW, PRIVATE_FILE);
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(content.length());
            content.putInto(buffer);
            Descriptors.writeFully(fd, buffer.flip());
            return fd;
        } catch (PosixException e) {
            Descriptors.close(fd);
            remove(List.of(file));
            throw e;
        }
    }

    void remove(List<Path> files) throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
