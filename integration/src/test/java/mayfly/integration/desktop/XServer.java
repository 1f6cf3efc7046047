package mayfly.integration.desktop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Host;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;

/** A real X server without a screen, started as a display manager does: root's, and whoever has the cookie may come in. */
final class XServer implements AutoCloseable {
    private static final Path SOCKETS = Path.of("/tmp/.X11-unix");
    private static final int COOKIE_BYTES = 16;

    private final Workshop workshop;
    private final Process process;
    private final Path serversFile;
    private final Path authority;
    private final int number;

    private XServer(Workshop workshop, Process process, Path serversFile, Path authority, int number) {
        this.workshop = workshop;
        this.process = process;
        this.serversFile = serversFile;
        this.authority = authority;
        this.number = number;
    }

    /** Starts one that only the workshop's account has the cookie of. */
    static XServer start(Workshop workshop, String... options) {
        makeSocketDirectory();
        byte[] bytes = new byte[COOKIE_BYTES];
        new SecureRandom().nextBytes(bytes);
        String cookie = HexFormat.of().formatHex(bytes);
        Path serversFile = workshop.directory().resolve("x-server-" + cookie);
        addCookie(serversFile, 0, cookie); // the server takes all that are there, whatever their displays
        List<String> words = new ArrayList<>(List.of("Xvfb", "-displayfd", "1", "-auth", serversFile.toString()));
        words.addAll(List.of("-noreset", "-screen", "0", "320x200x24", "-nolisten", "tcp"));
        words.addAll(Arrays.asList(options));
        try {
            Process process = new ProcessBuilder(words)
                    .redirectError(Redirect.to(
                            workshop.directory().resolve("x-server.err").toFile()))
                    .start();
            BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
            String line = output.readLine();
            if (line == null) {
                throw new AssertionError("Xvfb does not start: "
                        + Files.readString(workshop.directory().resolve("x-server.err")));
            }
            int number = Integer.parseInt(line.strip());
            Path authority = workshop.write("Xauthority-" + number, "");
            addCookie(authority, number, cookie);
            if (Host.isRoot()) {
                Files.setAttribute(authority, "unix:uid", workshop.account().uid());
            }
            return new XServer(workshop, process, serversFile, authority, number);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As systemd-tmpfiles makes it at boot: it outlives all servers. */
    private static void makeSocketDirectory() {
        try {
            if (!Files.isDirectory(SOCKETS)) {
                Files.createDirectory(SOCKETS);
                Tool.output("chmod", "1777", SOCKETS.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void addCookie(Path file, int number, String cookie) {
        try {
            if (!Files.exists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Tool.output("xauth", "-q", "-f", file.toString(), "add", ":" + number, ".", cookie);
    }

    /** As DISPLAY has it. */
    String display() {
        return ":" + number;
    }

    int number() {
        return number;
    }

    /** The account's own cookie. */
    Path authority() {
        return authority;
    }

    /** A run that finds the display in its environment. */
    Call mayfly(String... words) {
        return with(workshop.mayfly(words));
    }

    /** A command outside. */
    Call outside(String... words) {
        return with(workshop.call(List.of(words)));
    }

    Call with(Call call) {
        return call.env("DISPLAY", display()).env("XAUTHORITY", authority.toString());
    }

    /** The names of all windows. */
    String windows() {
        return outside("xwininfo", "-root", "-tree").run().succeeds();
    }

    /** How many pixels of the screen have this colour, 0xRRGGBB. */
    int pixels(int colour) {
        String image = outside("xwd", "-root", "-silent").run().exits(0).stdout();
        ByteBuffer xwd = ByteBuffer.wrap(image.getBytes(StandardCharsets.ISO_8859_1));
        // XWDFile.h: numbers of four bytes, the header's size first and the number of colours as the twentieth
        int start = xwd.getInt(0) + xwd.getInt(19 * Integer.BYTES) * 12;
        int count = 0;
        for (int i = start; i + Integer.BYTES <= xwd.limit(); i += Integer.BYTES) {
            count += (Integer.reverseBytes(xwd.getInt(i)) & 0xFFFFFF) == colour ? 1 : 0;
        }
        return count;
    }

    @Override
    public void close() {
        process.destroy();
        Eventually.holds("Xvfb has ended", () -> !process.isAlive());
        try {
            Files.delete(serversFile);
            Files.delete(authority);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
