package mayfly.integration.desktop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Workshop;

/**
 * A real PulseAudio server with a sink that plays to nobody. It is the account's own; root's is an ordinary user's, who
 * lets root in by the cookie alone.
 */
final class SoundServerProcess implements AutoCloseable {
    private static final String COMPLETE = "the sound server is up";
    private static final int COOKIE_BYTES = 256;

    private final Workshop workshop;
    private final Account user;
    private final Path directory;
    private final Path cookie;
    private final Call.Running process;

    private SoundServerProcess(Workshop workshop, Account user, Path directory, Path cookie, Call.Running process) {
        this.workshop = workshop;
        this.user = user;
        this.directory = directory;
        this.cookie = cookie;
        this.process = process;
    }

    /** @param modules further ones to load */
    static SoundServerProcess start(Workshop workshop, String... modules) {
        Account user = workshop.identity().isRoot() ? workshop.host().outsider() : workshop.account();
        try {
            Path directory = Files.createTempDirectory(user.home(), "sound");
            give(user, directory);
            Path socket = Directories.of(user, directory.resolve("pulse")).resolve("native");
            Path cookie = directory.resolve("cookie");
            byte[] secret = new byte[COOKIE_BYTES];
            new SecureRandom().nextBytes(secret);
            Files.write(cookie, secret);
            give(user, cookie);
            List<String> words = new ArrayList<>(List.of("env", "HOME=" + directory, "XDG_RUNTIME_DIR=" + directory));
            words.addAll(List.of("pulseaudio", "--daemonize=no", "-n", "--exit-idle-time=-1", "--use-pid-file=no"));
            words.addAll(List.of("-L", "module-null-sink sink_name=nowhere"));
            words.addAll(List.of("-L", "module-native-protocol-unix socket=" + socket + " auth-cookie=" + cookie));
            for (String module : modules) {
                words.addAll(List.of("-L", module + " auth-cookie=" + cookie));
            }
            Call.Running process = workshop.callAs(user, words).in(directory).start();
            SoundServerProcess server = new SoundServerProcess(workshop, user, directory, cookie, process);
            Eventually.holds(COMPLETE, () -> server.answers());
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void give(Account user, Path path) throws IOException {
        if (Host.isRoot()) {
            Files.setAttribute(path, "unix:uid", user.uid());
            Files.setAttribute(path, "unix:gid", user.gid());
        }
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new AssertionError("the sound server has ended: " + process.await());
        }
        return Files.exists(socket()) && outside("pactl", "info").run().status() == 0;
    }

    Path socket() {
        return directory.resolve("pulse/native");
    }

    Path cookie() {
        return cookie;
    }

    /** A run that finds the server in its environment, as a session sets it. */
    Call mayfly(String... words) {
        return workshop.mayfly(words)
                .env("XDG_RUNTIME_DIR", directory.toString())
                .env("PULSE_COOKIE", cookie.toString());
    }

    /** A command outside, of the server's user. */
    Call outside(String... words) {
        return workshop.callAs(user, List.of(words))
                .in(directory)
                .env("HOME", directory.toString())
                .env("PULSE_SERVER", "unix:" + socket())
                .env("PULSE_COOKIE", cookie.toString());
    }

    /** The largest sample of signed 16 bits, the least significant byte first. */
    static int peak(String samples) {
        byte[] bytes = samples.getBytes(StandardCharsets.ISO_8859_1);
        int peak = 0;
        for (int i = 0; i + 1 < bytes.length; i += 2) {
            peak = Math.max(peak, Math.abs((bytes[i + 1] << 8) | (bytes[i] & 0xFF)));
        }
        return peak;
    }

    @Override
    public void close() {
        process.signal("TERM");
        process.await();
        outsideRemove();
    }

    private void outsideRemove() {
        workshop.callAs(user, List.of("rm", "-rf", directory.toString()))
                .in(Path.of("/"))
                .run()
                .succeeds();
    }
}
