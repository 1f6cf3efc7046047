package mayfly.clonepool.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import mayfly.clonepool.store.TrustedWay;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Directory;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;

/**
 * Appends lines to a file, which is opened anew each time: whoever moves or removes it, or its directory, gets another one. A
 * lock keeps two services apart that have the same file, as one that ends and the next. For one thread.
 */
final class AuditFile {
    private static final int PRIVATE_DIRECTORY = 0700;
    private static final int PRIVATE_FILE = 0600;
    private static final int FLAGS = Kernel.O_RDWR | Kernel.O_APPEND | Kernel.O_CREAT | Kernel.O_NONBLOCK;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int ATTEMPTS = 16;

    /** Bytes. */
    private static final int AT_ONCE = 256 << 10;

    private final Path file;
    private final Bytes name;
    private final long maxBytes;
    private final int keep;
    private final boolean usual;
    private int written;

    /**
     * For one call of {@link #append}.
     *
     * @param usual whether it is the usual place, /var/log/mayfly, and others than root may have rights in /var/log
     */
    AuditFile(Path file, long maxBytes, int keep, boolean usual) {
        this.file = file;
        this.name = NativePath.name(file);
        this.maxBytes = maxBytes;
        this.keep = keep;
        this.usual = usual;
    }

    /** How many lines are in the file, whatever was thrown. */
    int written() {
        return written;
    }

    /** @throws IOException when not all of the lines are written; none of them is there in part then */
    void append(List<byte[]> lines) throws IOException {
        int directory = openDirectory();
        try {
            while (written < lines.size()) {
                int fd = openLocked(directory);
                try {
                    if (!fill(fd, lines)) {
                        rotate(directory);
                    }
                } finally {
                    Descriptors.close(fd);
                }
            }
        } finally {
            Descriptors.close(directory);
        }
    }

    private int openDirectory() throws IOException {
        Path directory = Objects.requireNonNull(file.getParent());
        // Some systems give /var/log to the group of the syslog daemon, which may rename what is root's there, no more.
        TrustedWay.check(usual ? directory.resolve("../..").normalize() : directory);
        Bytes path = NativePath.bytes(directory);
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                FileModes.makeDirectory(path, PRIVATE_DIRECTORY);
            } catch (PosixException e) {
                if (e.errno() != Kernel.EEXIST) {
                    throw e;
                }
            }
        }
        int fd = Directory.open(path);
        try {
            checkDirectory(fd);
        } catch (IOException e) {
            Descriptors.close(fd);
            throw e;
        }
        return fd;
    }

    private void checkDirectory(int fd) throws IOException {
        long owner = Directory.kind(fd).uid();
        if (owner != 0 && owner != Accounts.effectiveUid()) {
            throw new IOException("its directory belongs to user " + owner);
        }
        if (usual) {
            FileModes.chmod(fd, PRIVATE_DIRECTORY); // it is nobody else's; another place may have other files in it
        }
    }

    /** The file, locked, which is still the one of that name. */
    private int openLocked(int directory) throws IOException {
        for (int i = 0; i < ATTEMPTS; i++) {
            int fd = Directory.openFile(directory, name, FLAGS, PRIVATE_FILE);
            boolean good = false;
            try {
                checkFile(Directory.kind(fd));
                if (!Descriptors.tryLock(fd, PATIENCE, () -> true)) {
                    throw new IOException("another program has locked it");
                }
                good = isNamed(directory, fd);
            } finally {
                if (!good) {
                    Descriptors.close(fd);
                }
            }
            if (good) {
                return fd;
            }
        }
        throw new IOException("somebody goes on replacing it");
    }

    private static void checkFile(Directory.Kind kind) throws IOException {
        if (!kind.isRegular()) {
            throw new IOException("it is not a file");
        }
        if (kind.uid() != Accounts.effectiveUid()) {
            throw new IOException("it belongs to user " + kind.uid());
        }
    }

    /** Whether nobody has moved it away before it was locked. */
    private boolean isNamed(int directory, int fd) throws PosixException {
        try {
            int now = Directory.openPath(directory, name);
            try {
                return Directory.identity(now).equals(Directory.identity(fd));
            } finally {
                Descriptors.close(now);
            }
        } catch (PosixException e) {
            if (e.errno() == Kernel.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** Writes as many lines as there is room for, one at least into an empty file; whether there was room for any. */
    private boolean fill(int fd, List<byte[]> lines) throws IOException {
        long size = Directory.kind(fd).size();
        if (size > 0 && Descriptors.byteAt(fd, size - 1) != '\n') {
            // A crash has cut the last line off; those that follow are lines of their own.
            Descriptors.writeFully(fd, ByteBuffer.allocateDirect(1).put(0, (byte) '\n'));
            size++;
        }
        int end = written;
        long bytes = 0;
        for (; end < lines.size(); end++) {
            long next = bytes + lines.get(end).length;
            boolean isFirst = size == 0 && bytes == 0;
            if (!isFirst && (size + next > maxBytes || (bytes > 0 && next > AT_ONCE))) {
                break;
            }
            bytes = next;
        }
        write(fd, size, lines.subList(written, end), (int) bytes);
        return bytes > 0;
    }

    private void write(int fd, long size, List<byte[]> lines, int bytes) throws IOException {
        ByteBuffer data = ByteBuffer.allocateDirect(bytes);
        lines.forEach(data::put);
        data.flip();
        try {
            Descriptors.writeFully(fd, data);
        } catch (IOException e) {
            int whole = 0;
            for (int i = 0; i < lines.size() && whole + lines.get(i).length <= data.position(); i++) {
                whole += lines.get(i).length;
                written++;
            }
            if (data.position() > whole) {
                Descriptors.truncate(fd, size + whole); // a line in part is none
            }
            throw e;
        }
        written += lines.size();
    }

    /** Puts the file aside. A crash in between leaves a number out, which does not matter. */
    private void rotate(int directory) throws IOException {
        for (int number = keep - 1; number >= 1; number--) {
            moveIfThere(directory, old(number), old(number + 1));
        }
        moveIfThere(directory, name, old(1));
        for (int number = keep + 1; removeIfThere(directory, old(number)); number++) {
            // More were kept before.
        }
    }

    private Bytes old(int number) {
        return name.plus(Bytes.utf8("." + number));
    }

    private static void moveIfThere(int directory, Bytes from, Bytes to) throws PosixException {
        try {
            Directory.rename(directory, from, to);
        } catch (PosixException e) {
            if (e.errno() != Kernel.ENOENT) {
                throw e;
            }
        }
    }

    private static boolean removeIfThere(int directory, Bytes entry) throws PosixException {
        try {
            Directory.removeFile(directory, entry);
            return true;
        } catch (PosixException e) {
            if (e.errno() != Kernel.ENOENT) {
                throw e;
            }
            return false;
        }
    }
}
