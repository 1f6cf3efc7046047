package mayfly.sandbox;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.Path;

/**
 * Paths between {@link Bytes} and {@link Path} without loss, whatever the locale. {@code Path} keeps the bytes of a
 * name, but takes and gives them unchanged by its URI only.
 */
public final class NativePath {
    private static final String PLAIN = "/-_.~";
    private static final String HEX = "0123456789ABCDEF";

    private NativePath() {}

    /** The absolute path of these bytes. */
    public static Path of(Bytes bytes) {
        StringBuilder uri = new StringBuilder("file://");
        for (int i = 0; i < bytes.length(); i++) {
            char c = (char) bytes.at(i);
            if (c < 128 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0)) {
                uri.append(c);
            } else {
                uri.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return Path.of(URI.create(uri.toString()));
    }

    /** The bytes of an absolute path. */
    public static Bytes bytes(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("not absolute: " + path);
        }
        String raw = path.toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == '%') {
                bytes.write(Integer.parseInt(raw, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(raw.charAt(i));
            }
        }
        byte[] result = bytes.toByteArray();
        // toUri() adds a slash to directories.
        int length = result.length > 1 && result[result.length - 1] == '/' ? result.length - 1 : result.length;
        return Bytes.of(result).slice(0, length);
    }

    /** The bytes of the path's last name. */
    public static Bytes name(Path path) {
        Bytes whole = bytes(path);
        return whole.slice(whole.lastIndexOf('/') + 1, whole.length());
    }

    /** The bytes of what a symbolic link says, which may be relative. */
    public static Bytes target(Path link) {
        if (link.isAbsolute()) {
            return bytes(link);
        }
        Bytes whole = bytes(Path.of("/").resolve(link));
        return whole.slice(1, whole.length());
    }

    /** Whether the path is the directory itself or lies beneath it; both absolute and without {@code .} or {@code ..}. */
    public static boolean isAtOrUnder(Bytes path, Bytes directory) {
        return path.equals(directory) || isUnder(path, directory);
    }

    /** Whether the path lies beneath the directory. */
    public static boolean isUnder(Bytes path, Bytes directory) {
        if (directory.length() == 1) {
            return path.length() > 1;
        }
        return path.length() > directory.length() && path.startsWith(directory) && path.at(directory.length()) == '/';
    }

    /** The directory's path, a slash and the name. */
    public static Bytes join(Bytes directory, Bytes name) {
        Bytes slash = directory.at(directory.length() - 1) == '/' ? Bytes.empty() : Bytes.utf8("/");
        return directory.plus(slash).plus(name);
    }

    public static Bytes join(Bytes directory, String name) {
        return join(directory, Bytes.utf8(name));
    }
}
