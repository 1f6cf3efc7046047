package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * This machine during one run of the tests. When root runs them: two throw-away users, one of them in the group
 * {@code mayfly}, which is made if it is missing. All of it is removed at the end of the run.
 */
public final class Host implements AutoCloseable {
    private static final Namespace NAMESPACE = Namespace.create(Host.class);
    private static final String GROUP = "mayfly";

    private final Path build;
    private final boolean ownBuild;
    private final boolean ownGroup;
    private final Account own;
    private final Account member;
    private final Account outsider;

    private Host() {
        Path built = built();
        own = Account.own();
        ownGroup = isRoot() && !groupExists();
        if (ownGroup) {
            Tool.output("groupadd", "--system", GROUP);
        }
        member = isRoot() ? makeUser("mayfly-test-" + ProcessHandle.current().pid(), "--groups", GROUP) : own;
        outsider = isRoot() ? makeUser("mayfly-other-" + ProcessHandle.current().pid()) : own;
        ownBuild = isRoot() && !everybodyMayEnter(built);
        build = ownBuild ? copyOf(built) : built;
    }

    /** The host that all classes of this run share. */
    static Host of(ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(Host.class, key -> new Host(), Host.class);
    }

    /** Whether root runs the tests. */
    public static boolean isRoot() {
        return ProcessHandle.current().info().user().orElseThrow().equals("root");
    }

    public static boolean hasChromium() {
        return Files.isExecutable(Path.of("/usr/bin/chromium"));
    }

    /** Whether an overlay in a user namespace can keep that a directory is new: from Linux 6.6 on. */
    public static boolean hasUserAttributesOnTmpfs() {
        try {
            return Files.getFileStore(Path.of("/dev/shm")).supportsFileAttributeView("user");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path built() {
        return Path.of(System.getProperty("mayfly.build", "../build"))
                .toAbsolutePath()
                .normalize();
    }

    /** A file of the project's sources. */
    public static Path source(String name) {
        return built().resolveSibling(name);
    }

    /** The C client. */
    public Path mayfly() {
        return build.resolve("bin/mayfly");
    }

    Account account(Identity identity) {
        return identity.isRoot() ? own : member;
    }

    /** Whoever runs the tests. */
    public Account own() {
        return own;
    }

    /** A user without a right to the system service. Only where root runs the tests. */
    public Account outsider() {
        return outsider;
    }

    private static Account makeUser(String name, String... options) {
        String[] words = new String[options.length + 5];
        words[0] = "useradd";
        words[1] = "--create-home";
        words[2] = "--shell";
        words[3] = "/bin/bash";
        System.arraycopy(options, 0, words, 4, options.length);
        words[words.length - 1] = name;
        Tool.output(words);
        return Account.named(name);
    }

    private static boolean groupExists() {
        return Tool.output("sh", "-c", "getent group " + GROUP + " || true").startsWith(GROUP);
    }

    private static boolean everybodyMayEnter(Path directory) {
        for (Path path = directory; path != null; path = path.getParent()) {
            try {
                if (!Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    return false;
                }
            } catch (IOException e) {
                throw new UncheckedIOException("no build to test in " + directory + ": run make first", e);
            }
        }
        return true;
    }

    /** Installed elsewhere it works as well. */
    private static Path copyOf(Path build) {
        Path copy = Directories.temporary("mayfly-build-");
        Tool.output(
                "cp",
                "-a",
                build.resolve("bin").toString(),
                build.resolve("lib").toString(),
                build.resolve("share").toString(),
                copy.toString());
        return copy;
    }

    @Override
    public void close() {
        if (isRoot()) {
            Tool.output("userdel", "--remove", "--force", member.name());
            Tool.output("userdel", "--remove", "--force", outsider.name());
        }
        if (ownGroup) {
            Tool.output("groupdel", GROUP);
        }
        if (ownBuild) {
            Directories.delete(build);
        }
    }
}
