package mayfly.clonepool.desktop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/** Gives a run its caller's sound: the socket of PulseAudio, or of PipeWire in its place, and the cookie for it. */
final class Sound {
    private static final Path MACHINE_ID = Path.of("/etc/machine-id");
    private static final int COOKIE_BYTES = 4096; // they are of 256
    private static final Bytes SOCKET = Bytes.utf8("/run/pulse/native");
    private static final Bytes COOKIE = Bytes.utf8("/run/pulse/cookie");
    private static final Bytes SETTINGS = Bytes.utf8("/run/pulse/client.conf");

    private final CallersPrograms programs;
    private final Cookies cookies;

    Sound(CallersPrograms programs, Cookies cookies) {
        this.programs = programs;
        this.cookies = cookies;
    }

    Share share(Asked asked) throws RefusedException {
        CallersFiles files = new CallersFiles(programs, asked.caller());
        Optional<Bytes> named = asked.variables().value("PULSE_SERVER");
        SoundServer server = named.isPresent() ? SoundServer.of(named.get(), machine()) : SoundServer.usual(asked);
        List<Bind> binds = new ArrayList<>();
        List<Bytes> variables = new ArrayList<>();
        if (server.socket().isPresent()) {
            binds.add(new Bind(socket(server.socket().get(), files), SOCKET, true));
            variables.add(Bytes.utf8("PULSE_SERVER=unix:").plus(SOCKET));
        } else {
            checkNetwork(server, asked);
            variables.add(Bytes.utf8("PULSE_SERVER=" + server.network()));
        }
        List<Path> made = new ArrayList<>();
        Optional<Bytes> cookie = cookie(asked, files);
        if (cookie.isPresent()) {
            // A copy that is not read-only: clients open it for writing too, and take no other refusal than EACCES.
            Path copy = cookies.write(files.content(cookie.get(), COOKIE_BYTES), asked.readers());
            made.add(copy);
            binds.add(new Bind(NativePath.bytes(copy), COOKIE, false));
            variables.add(Bytes.utf8("PULSE_COOKIE=").plus(COOKIE));
        }
        binds.add(new Bind(cookies.soundSettings(), SETTINGS, true));
        variables.add(Bytes.utf8("PULSE_CLIENTCONFIG=").plus(SETTINGS));
        return new Share(binds, List.of(), variables, made);
    }

    private static Bytes socket(Bytes path, CallersFiles files) throws RefusedException {
        if (!files.isSocket(path)) {
            throw new RefusedException(
                    "cannot give the sound: there is no socket at " + path,
                    "start PulseAudio or PipeWire's pipewire-pulse, or name the server in PULSE_SERVER");
        }
        return path;
    }

    private static void checkNetwork(SoundServer server, Asked asked) throws RefusedException {
        if (!asked.request().shareNet()) {
            throw new RefusedException(
                    "cannot use the sound server " + server.network()
                            + ": it is reached by the network, which the sandbox does not have",
                    "--share-net gives it the host's");
        }
    }

    /** The file that a client would take; a server of the same user needs none. */
    private static Optional<Bytes> cookie(Asked asked, CallersFiles files) throws RefusedException {
        Optional<Bytes> named = asked.path("PULSE_COOKIE");
        if (named.isPresent()) {
            if (files.readable(List.of(named.get())).isEmpty()) {
                throw new RefusedException(
                        "cannot give the sound: the cookie " + named.get() + " cannot be read",
                        "PULSE_COOKIE names a file, or is not set");
            }
            return named;
        }
        List<Bytes> usual = Stream.of(
                        asked.beneath("XDG_CONFIG_HOME", "pulse/cookie"),
                        asked.beneath("HOME", ".config/pulse/cookie"),
                        asked.beneath("HOME", ".pulse-cookie"))
                .flatMap(Optional::stream)
                .toList();
        return files.readable(usual).stream().findFirst();
    }

    private static String machine() {
        try {
            return Files.readString(MACHINE_ID).strip();
        } catch (IOException e) {
            return ""; // no name is for a machine without an id
        }
    }
}
