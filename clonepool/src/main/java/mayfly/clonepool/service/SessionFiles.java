package mayfly.clonepool.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Directory;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Sockets;

/**
 * The directory of sessions, which only the service may enter: {@code UID/NAME} tells of one, {@code UID/NAME~} is where
 * its mayfly-init listens. Users have no way to these sockets: the service connects for them. For the door's thread.
 */
final class SessionFiles {
    private static final int PRIVATE_DIRECTORY = 0700;
    private static final int BACKLOG = 1024;
    /** No session's name has this character in it. */
    private static final String SOCKET = "~";

    /** Neither a session's nor its socket's name. */
    private static final String UNFINISHED = "~new";

    private final Path directory;
    private final int descriptor;
    private final Log log;

    private SessionFiles(Path directory, int descriptor, Log log) {
        this.directory = directory;
        this.descriptor = descriptor;
        this.log = log;
    }

    /** Makes the directory if it is missing. */
    static SessionFiles open(Path directory, Log log) throws IOException {
        make(directory);
        return new SessionFiles(directory, Directory.open(NativePath.bytes(directory)), log);
    }

    private static void make(Path directory) throws PosixException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            FileModes.makeDirectory(NativePath.bytes(directory), PRIVATE_DIRECTORY);
        }
    }

    private Path of(long uid) {
        return directory.resolve(String.valueOf(uid));
    }

    private Path file(SessionRecord.Key key) {
        return of(key.uid()).resolve(key.name());
    }

    private Path socketFile(SessionRecord.Key key) {
        return of(key.uid()).resolve(key.name() + SOCKET);
    }

    /** The same in the open directory: a whole path may be too long for a socket's. */
    private static Bytes socket(SessionRecord.Key key) {
        return Bytes.utf8(key.uid() + "/" + key.name() + SOCKET);
    }

    /** A listening socket for the session; blocking, as whoever gets it expects it. */
    int listen(SessionRecord.Key key) throws IOException {
        make(of(key.uid()));
        Files.deleteIfExists(socketFile(key));
        int listener = Sockets.listen(descriptor, socket(key), BACKLOG);
        try {
            Descriptors.setNonBlocking(listener, false);
            return listener;
        } catch (PosixException e) {
            Descriptors.close(listener);
            throw e;
        }
    }

    /**
     * A connection to the session.
     *
     * @throws PosixException with ECONNREFUSED or ENOENT when nobody listens any more, EAGAIN when too many wait
     */
    int connect(SessionRecord.Key key) throws PosixException {
        return Sockets.connectAtOnce(descriptor, socket(key));
    }

    /** Keeps what is known of a session; in one step. */
    void write(SessionRecord session) throws IOException {
        Path unfinished = of(session.key().uid()).resolve(UNFINISHED);
        make(of(session.key().uid()));
        try (OutputStream out = Files.newOutputStream(unfinished)) {
            session.properties().store(out, null);
        }
        Files.move(unfinished, file(session.key()), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes all of a session that has ended. */
    void remove(SessionRecord.Key key) {
        try {
            Files.deleteIfExists(socketFile(key));
            Files.deleteIfExists(file(key));
        } catch (IOException e) {
            log.line("cannot remove the files of session " + key.name() + " of user " + key.uid() + ": "
                    + Failure.reason(e));
        }
    }

    /** All sessions that earlier services have left word of, whether they live or not. */
    List<SessionRecord> read() throws IOException {
        List<SessionRecord> all = new ArrayList<>();
        for (Path user : entries(directory)) {
            for (Path file : entries(user)) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(SOCKET)
                        && !Files.exists(file.resolveSibling(name.substring(0, name.length() - SOCKET.length())))) {
                    Files.deleteIfExists(file); // of a service that was killed before it had written the record
                } else if (!name.endsWith(SOCKET) && !name.equals(UNFINISHED)) {
                    read(file, all);
                }
            }
        }
        return all;
    }

    private void read(Path file, List<SessionRecord> all) {
        try (InputStream in = Files.newInputStream(file)) {
            Properties properties = new Properties();
            properties.load(in);
            SessionRecord session = SessionRecord.of(properties);
            if (!file(session.key()).equals(file)) {
                throw new IOException("it is another session's");
            }
            all.add(session);
        } catch (IOException | IllegalArgumentException e) {
            log.line("cannot read " + file + ": " + e.getMessage());
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        }
        return entries;
    }
}
