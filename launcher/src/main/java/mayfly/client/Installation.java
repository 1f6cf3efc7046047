package mayfly.client;

import java.net.URISyntaxException;
import java.nio.file.Path;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/** Where Mayfly's programs are: {@code lib/mayfly}, the directory above that of the jar this class comes from. */
public final class Installation {
    private Installation() {}

    /** The directory {@code lib/mayfly}; the system property {@code mayfly.lib} names another one. */
    public static Path directory() {
        String named = System.getProperty("mayfly.lib", "");
        if (!named.isEmpty()) {
            return Path.of(named).toAbsolutePath();
        }
        try {
            Path jar = Path.of(Installation.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return jar.resolveSibling("..").normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the jar of Mayfly has no path", e);
        }
    }

    static Bytes program(String name) {
        return NativePath.bytes(directory().resolve(name));
    }
}
