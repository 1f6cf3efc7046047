package mayfly.clonepool.desktop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Host;
import mayfly.sandbox.options.X11;

/** Gives a run its caller's X11 display: the server's socket and a cookie. */
final class Display {
    /** The server counts only the time in which no client of the run is connected. */
    private static final Duration UNUSED = Duration.ofDays(7);

    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    private static final Path SOCKETS = Path.of("/proc/net/unix");
    private static final Bytes COOKIE = Bytes.utf8("/run/mayfly/Xauthority");
    private static final String TRUSTED_REMEDY =
            "--x11=trusted gives the command your own rights on the display: it can read and control all windows";

    private final CallersPrograms programs;
    private final Host host;
    private final Cookies cookies;

    Display(CallersPrograms programs, Host host, Cookies cookies) {
        this.programs = programs;
        this.host = host;
        this.cookies = cookies;
    }

    Share share(X11 mode, Asked asked) throws RefusedException {
        DisplayName name = DisplayName.of(asked.variables()
                .value("DISPLAY")
                .orElseThrow(() -> new RefusedException(
                        "cannot give the X11 display: DISPLAY is not set", "set DISPLAY, or leave out --x11")));
        CallersFiles files = new CallersFiles(programs, asked.caller());
        List<Bind> binds = new ArrayList<>();
        if (name.isLocal()) {
            socket(name, files, asked).ifPresent(binds::add);
        } else if (!asked.request().shareNet()) {
            throw new RefusedException(
                    "cannot use the display " + name
                            + ": it is reached by the network, which the sandbox does not have",
                    "--share-net gives it the host's");
        }
        Optional<Bytes> authority = asked.path("XAUTHORITY").or(() -> asked.beneath("HOME", ".Xauthority"));
        Xauth xauth = xauth(asked);
        List<Bytes> variables = new ArrayList<>(List.of(Bytes.utf8("DISPLAY=" + name)));
        Optional<Bytes> content =
                mode == X11.TRUSTED ? own(name, xauth, authority) : Optional.of(untrusted(name, xauth, authority));
        if (content.isEmpty()) {
            return new Share(binds, List.of(), variables, List.of());
        }
        List<Bytes> masked = mode == X11.TRUSTED ? List.of() : new Masks(files, asked).over(authority);
        Path file = cookies.write(content.get(), asked.readers());
        Bytes source = NativePath.bytes(file);
        binds.add(new Bind(source, COOKIE, true));
        variables.add(Bytes.utf8("XAUTHORITY=").plus(COOKIE));
        List<Bind> masks =
                masked.stream().map(path -> new Bind(source, path, true)).toList();
        return new Share(binds, masks, variables, List.of(file));
    }

    private Xauth xauth(Asked asked) throws RefusedException {
        Path program = host.program("xauth")
                .orElseThrow(() -> new RefusedException(
                        "cannot give the X11 display: xauth is not installed", "install xauth (apt install xauth)"));
        return new Xauth(programs, asked.caller(), program);
    }

    /** The server's socket; none where it has only an abstract one, which belongs to the network. */
    private static Optional<Bind> socket(DisplayName name, CallersFiles files, Asked asked) throws RefusedException {
        Bytes path = name.socket();
        if (files.isSocketItself(path)) {
            return Optional.of(new Bind(path, path, true)); // connecting writes to the socket, not to its filesystem
        }
        String cannot = "cannot use the display " + name + ": ";
        if (!hasAbstract(path)) {
            throw new RefusedException(
                    cannot + "no server listens at " + path, "see that the X server runs, and that DISPLAY names it");
        }
        if (!asked.request().shareNet()) {
            throw new RefusedException(
                    cannot + "its server has an abstract socket only, which belongs to the host's network",
                    "--share-net shares that, or start the server with -listen unix");
        }
        return Optional.empty();
    }

    private static boolean hasAbstract(Bytes path) throws RefusedException {
        String end = " @" + path.text();
        try (var lines = Files.lines(SOCKETS, StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(line -> line.endsWith(end));
        } catch (IOException e) {
            throw new RefusedException("cannot read " + SOCKETS + ": " + Failure.reason(e));
        }
    }

    /** The caller's own cookie. Without one, and without a server that asks for none, the command is told by the server. */
    private static Optional<Bytes> own(DisplayName name, Xauth xauth, Optional<Bytes> authority)
            throws RefusedException {
        return authority.isEmpty()
                ? Optional.empty()
                : Authority.file(xauth.own(name, authority.get()).entries(), name);
    }

    private static Bytes untrusted(DisplayName name, Xauth xauth, Optional<Bytes> authority) throws RefusedException {
        String cannot = "cannot use the display " + name + ": ";
        Xauth.Answer answer = xauth.untrusted(name, authority, UNUSED);
        if (answer.noExtension()) {
            throw new RefusedException(
                    cannot + "its server has no extension SECURITY, which untrusted clients need", TRUSTED_REMEDY);
        }
        if (answer.noConnection()) {
            throw new RefusedException(
                    cannot + "its server does not let you in",
                    "XAUTHORITY names the file that has the display's cookie, else it is ~/.Xauthority");
        }
        Bytes file = Authority.file(answer.entries(), name)
                .orElseThrow(() -> new RefusedException(cannot + answer.error(), TRUSTED_REMEDY));
        // A server that lets the user in by who he is would do so for the command, with all rights.
        if (!xauth.untrusted(name, Optional.empty(), AT_ONCE).noConnection()) {
            throw new RefusedException(
                    cannot + "its server lets you in without a cookie, so no client of yours is untrusted",
                    "see xhost, and take that back (xhost -si:localuser:USER); or " + TRUSTED_REMEDY);
        }
        return file;
    }
}
