package mayfly.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.client.ServiceFinder.Found;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Spawn;

/** Starts a service that stays behind (docs/architecture.md, "First use"). */
final class ServiceStarter {
    private static final Bytes PATH = Bytes.utf8("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    /** All that the service gets of the caller's variables. */
    private static final List<String> PASSED =
            List.of("HOME", "USER", "LOGNAME", "LANG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR");

    private static final Bytes READY = Bytes.utf8("ready\n");
    private static final int LOG_TAIL = 2048;
    private static final int WRITABLE_BY_OTHERS = 022;

    private final Map<Bytes, Bytes> variables;

    ServiceStarter(Map<Bytes, Bytes> variables) {
        this.variables = variables;
    }

    /** Of clients that come together one starts the service; the others wait here and find it running. */
    Found start(Bytes place) throws MayflyException {
        prepare(place);
        int lock = openIn(place, "start.lock", Kernel.O_RDWR);
        try {
            Descriptors.lock(lock);
            try {
                return new Found(Door.connect(place), false);
            } catch (PosixException e) {
                if (!ServiceFinder.isAbsent(e)) {
                    throw ServiceFinder.unreachable(place, e);
                }
            }
            launch(place);
            return connectToStarted(place);
        } catch (PosixException e) {
            throw new MayflyException("cannot start the service: " + e.getMessage());
        } finally {
            Descriptors.close(lock);
        }
    }

    private static Found connectToStarted(Bytes place) throws MayflyException {
        try {
            return new Found(Door.connect(place), true);
        } catch (PosixException e) {
            throw ServiceFinder.unreachable(place, e);
        }
    }

    /** Makes the place unless it is there, and sees that nobody else can put things into it. */
    private static void prepare(Bytes place) throws MayflyException {
        long uid = Accounts.effectiveUid();
        Path path = NativePath.of(place);
        try {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                FileModes.makeDirectory(place, uid == 0 ? 0755 : 0700);
            }
        } catch (PosixException e) {
            if (e.errno() != Kernel.EEXIST) {
                throw new MayflyException(
                        "cannot make the directory " + place + ": " + e.reason(),
                        "name another with MAYFLY_RUNTIME_DIR");
            }
        }
        if (!isPrivate(path, uid)) {
            throw new MayflyException(
                    "cannot use the directory " + place + ": Operation not permitted",
                    "it must be a directory, yours, and not writable by others; name another with MAYFLY_RUNTIME_DIR");
        }
    }

    private static boolean isPrivate(Path path, long uid) throws MayflyException {
        try {
            Map<String, Object> facts =
                    Files.readAttributes(path, "unix:isDirectory,uid,mode", LinkOption.NOFOLLOW_LINKS);
            return Boolean.TRUE.equals(facts.get("isDirectory"))
                    && facts.get("uid") instanceof Integer owner
                    && Integer.toUnsignedLong(owner) == uid
                    && facts.get("mode") instanceof Integer mode
                    && (mode & WRITABLE_BY_OTHERS) == 0;
        } catch (IOException e) {
            throw new MayflyException("cannot use the directory " + path + ": " + e.getMessage());
        }
    }

    private void launch(Bytes place) throws MayflyException {
        long logged = size(place);
        int log = openIn(place, "service.log", Kernel.O_WRONLY | Kernel.O_APPEND);
        try {
            int[] ready = Descriptors.pipe();
            try {
                spawn(place, log, ready[1]);
            } finally {
                Descriptors.close(ready[1]);
            }
            if (!saysReady(ready[0])) {
                throw ended(place, logged);
            }
        } catch (PosixException e) {
            throw new MayflyException("cannot start the service: " + e.getMessage());
        } finally {
            Descriptors.close(log);
        }
    }

    private void spawn(Bytes place, int log, int ready) throws PosixException, MayflyException {
        Bytes launcher = Installation.program("mayfly-java");
        int nothing = Descriptors.open(Bytes.utf8("/dev/null"), Kernel.O_RDONLY, 0);
        try {
            int pid = new Spawn(
                            launcher,
                            List.of(
                                    launcher,
                                    Bytes.utf8("serve"),
                                    Bytes.utf8("--runtime-dir"),
                                    place,
                                    Bytes.utf8("--ready")),
                            environment(),
                            List.of(nothing, ready, log),
                            Optional.of(Bytes.utf8("/")),
                            true)
                    .start();
            Processes.reapLater(pid); // a service that ends before this process must not stay as a zombie
        } catch (PosixException e) {
            throw new MayflyException(
                    "cannot start " + launcher + ": " + e.reason(),
                    "install Mayfly whole: bin/ and lib/mayfly/ belong together");
        } finally {
            Descriptors.close(nothing);
        }
    }

    private List<Bytes> environment() {
        List<Bytes> environment = new ArrayList<>(List.of(PATH));
        for (String name : PASSED) {
            Bytes value = variables.get(Bytes.utf8(name));
            if (value != null) {
                environment.add(Bytes.utf8(name + "=").plus(value));
            }
        }
        return environment;
    }

    private static boolean saysReady(int fd) throws PosixException {
        try {
            ByteBuffer said = ByteBuffer.allocateDirect(READY.length());
            while (said.hasRemaining()) {
                if (Descriptors.read(fd, said) <= 0) {
                    return false;
                }
            }
            return Bytes.take(said.flip(), READY.length()).equals(READY);
        } finally {
            Descriptors.close(fd);
        }
    }

    private static MayflyException ended(Bytes place, long logged) {
        Path log = log(place);
        String tail;
        try {
            byte[] all = Files.readAllBytes(log);
            int from = (int) Math.max(logged, all.length - LOG_TAIL);
            tail = new String(Arrays.copyOfRange(all, Math.min(from, all.length), all.length), UTF_8).stripTrailing();
        } catch (IOException e) {
            tail = e.getMessage();
        }
        return new MayflyException(
                "cannot start the service: it ended; the last of " + log + ":\n" + tail,
                "mayfly doctor says what this machine lacks");
    }

    private static Path log(Bytes place) {
        return NativePath.of(place).resolve("service.log");
    }

    private static long size(Bytes place) {
        return log(place).toFile().length();
    }

    private static int openIn(Bytes place, String name, int flags) throws MayflyException {
        Bytes path = NativePath.join(place, name);
        try {
            return Descriptors.open(path, flags | Kernel.O_CREAT | Kernel.O_NOFOLLOW, 0600);
        } catch (PosixException e) {
            throw new MayflyException("cannot open " + path + ": " + e.reason());
        }
    }
}
