package mayfly.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import mayfly.client.Installation;
import mayfly.client.Mayfly;
import mayfly.client.MayflyException;
import mayfly.client.ServicePlaces;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.clonepool.store.Programs;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Landlock;
import mayfly.sandbox.posix.PosixException;

/** Looks at a host by trying what a sandbox needs, as the user who asks. */
final class Examination {
    /** overlayfs in a user namespace (userxattr) is the newest thing that is used. */
    private static final int KERNEL_MAJOR = 5;

    private static final int KERNEL_MINOR = 11;

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int OUTPUT = 4096;
    private static final List<String> BINARIES = List.of("/usr/bin", "/bin", "/usr/local/bin");
    private static final Bytes GROUP = Bytes.utf8("mayfly");
    private static final long MEBIBYTE = 1 << 20;
    private static final long LITTLE_MEMORY = 256 * MEBIBYTE;

    private final long uid;
    private final Path library;
    private final DefaultPaths paths;

    private Examination(long uid, Path library, DefaultPaths paths) {
        this.uid = uid;
        this.library = library;
        this.paths = paths;
    }

    static Examination ofThisHost() throws MayflyException {
        return new Examination(Accounts.effectiveUid(), Installation.directory(), DefaultPaths.ofThisProcess());
    }

    List<Finding> findings() {
        return System.getProperty("os.name", "").equals("FreeBSD") ? onFreeBsd() : onLinux();
    }

    private List<Finding> onFreeBsd() {
        List<Finding> findings = new ArrayList<>();
        findings.add(programs());
        findings.addAll(new FreeBsdExamination(new Programs(), uid == 0).findings(text("/etc/rc.conf")));
        findings.add(systemService());
        findings.add(group());
        findings.add(disk());
        findings.addAll(new TemplateExamination(uid == 0, paths, library).findings());
        return findings;
    }

    private List<Finding> onLinux() {
        List<Finding> findings = new ArrayList<>();
        findings.add(kernel());
        findings.add(landlock(Landlock.version()));
        findings.add(programs());
        Optional<Path> bwrap = find("bwrap");
        findings.add(bubblewrap(bwrap));
        bwrap.ifPresent(path -> findings.add(namespaces(path)));
        findings.addAll(otherBackends());
        findings.add(overlay());
        findings.add(systemService());
        findings.add(group());
        findings.add(ids());
        findings.add(runtimeDirectory());
        findings.add(memory());
        findings.add(disk());
        findings.add(display());
        TemplateExamination templates = new TemplateExamination(uid == 0, paths, library);
        templates.zfs().ifPresent(findings::add);
        findings.addAll(templates.findings());
        return findings;
    }

    private static Finding kernel() {
        String release = line("/proc/sys/kernel/osrelease");
        String machine = System.getProperty("os.arch", "");
        String[] numbers = release.split("[^0-9]+", 3);
        boolean known = numbers.length > 1 && !numbers[0].isEmpty() && !numbers[1].isEmpty();
        int major = known ? Integer.parseInt(numbers[0]) : 0;
        int minor = known ? Integer.parseInt(numbers[1]) : 0;
        boolean enough = major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR);
        return enough
                ? Finding.ok("kernel", "Linux " + release + " " + machine)
                : Finding.missing(
                        "kernel",
                        "Linux " + release + " " + machine,
                        "Linux " + KERNEL_MAJOR + "." + KERNEL_MINOR + " or later is needed");
    }

    /** @param version of the kernel's, 0: none */
    static Finding landlock(int version) {
        String subject = "landlock";
        if (version == 0) {
            return Finding.note(
                    subject,
                    "none: no command is given a file for reading, with -n none has Unix sockets, and none can connect"
                            + " who is given a socket",
                    "boot with landlock among lsm=; Linux 5.13 or later");
        }
        String detail = "version " + version;
        if (version < Landlock.WITH_NETWORK) {
            return Finding.note(
                    subject,
                    detail + ": with -n there are no Unix sockets, and no connections of who is given a socket",
                    "Linux 6.12 or later");
        }
        return version < Landlock.WITH_SCOPES
                ? Finding.note(subject, detail + ": with -n there are no Unix sockets", "Linux 6.12 or later")
                : Finding.ok(subject, detail);
    }

    private Finding programs() {
        Stream<String> systemsOwn =
                System.getProperty("os.name", "").equals("Linux") ? Stream.of("mayfly-binder") : Stream.of();
        List<String> absent = Stream.concat(
                        systemsOwn,
                        Stream.of("mayfly-enter", "mayfly-init", "mayfly-java", "mayfly-listen", "mayfly-zfs"))
                .filter(name -> !Files.isExecutable(library.resolve(name)))
                .toList();
        return absent.isEmpty()
                ? Finding.ok("programs", library.toString())
                : Finding.missing(
                        "programs",
                        "not in " + library + ": " + String.join(", ", absent),
                        "install Mayfly whole: bin/ and lib/mayfly/ belong together");
    }

    private static Optional<Path> find(String program) {
        return BINARIES.stream()
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Finding bubblewrap(Optional<Path> bwrap) {
        if (bwrap.isEmpty()) {
            return Finding.missing("bubblewrap", "no bwrap in /usr/bin", "apt-get install bubblewrap");
        }
        try {
            Program.Result result =
                    Program.at(bwrap.get().toString()).with("--version").run(LIMIT, OUTPUT);
            return result.succeeded()
                    ? Finding.ok(
                            "bubblewrap",
                            bwrap.get() + ", " + firstLine(result.output().text()))
                    : Finding.missing("bubblewrap", result.failure(), "apt-get install --reinstall bubblewrap");
        } catch (IOException e) {
            return Finding.missing("bubblewrap", Failure.reason(e), "apt-get install --reinstall bubblewrap");
        }
    }

    /** Tries it: many settings forbid them, and only the kernel knows them all. */
    private static Finding namespaces(Path bwrap) {
        try {
            Program.Result result = Program.at(bwrap.toString())
                    .with("--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true")
                    .run(LIMIT, OUTPUT);
            return result.succeeded()
                    ? Finding.ok("namespaces", "you may make user, mount, pid and network namespaces")
                    : Finding.missing("namespaces", result.failure(), namespaceRemedy());
        } catch (IOException e) {
            return Finding.missing("namespaces", Failure.reason(e), namespaceRemedy());
        }
    }

    private static String namespaceRemedy() {
        if (line("/proc/sys/kernel/unprivileged_userns_clone").equals("0")) {
            return "as root: sysctl -w kernel.unprivileged_userns_clone=1";
        }
        if (line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").equals("1")) {
            return "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap";
        }
        if (line("/proc/sys/user/max_user_namespaces").equals("0")) {
            return "as root: sysctl -w user.max_user_namespaces=10000";
        }
        return "this kernel or container forbids them; root can run mayfly serve for everybody";
    }

    /** Of those that are no run's default: what they lack hinders nobody who does not name them. */
    private List<Finding> otherBackends() {
        return Backend.all().stream()
                .filter(backend -> !backend.name().equals(Backend.defaultName()))
                .map(backend -> backend.missing(uid == 0)
                        .map(missing -> Finding.note("backend " + backend.name(), missing.reason(), missing.remedy()))
                        .orElse(Finding.ok("backend " + backend.name(), "can be used by root's service")))
                .toList();
    }

    /** With the steps that the service has carried out for the template host. */
    private Finding overlay() {
        Path enter = library.resolve("mayfly-enter");
        if (!Files.isExecutable(enter)) {
            return Finding.note("overlay", "not tried: there is no mayfly-enter", "install Mayfly whole");
        }
        try {
            Path scratch = Files.createTempDirectory("mayfly-doctor");
            try {
                return overlay(enter, scratch);
            } finally {
                for (String each : List.of("tmp", "lower/full/file", "lower/full", "lower", "")) {
                    Files.deleteIfExists(scratch.resolve(each));
                }
            }
        } catch (IOException e) {
            return Finding.note("overlay", "not tried: " + Failure.reason(e), "make " + tmp() + " writable");
        }
    }

    private Finding overlay(Path enter, Path scratch) throws IOException {
        Path memory = Files.createDirectory(scratch.resolve("tmp"));
        Path lower = Files.createDirectory(scratch.resolve("lower"));
        Files.createFile(Files.createDirectory(lower.resolve("full")).resolve("file"));
        Program.Result mounted = overlay(enter, Path.of("/usr"), memory, List.of("/bin/true"));
        if (!mounted.succeeded()) {
            return Finding.missing("overlay", mounted.failure(), "as root: modprobe overlay; Linux 5.11 or later");
        }
        Path seen = memory.resolve("root/full");
        Program.Result removed = overlay(
                enter,
                lower,
                memory,
                List.of("/bin/rm", "-r", NativePath.bytes(seen).latin1()));
        return removed.succeeded()
                ? Finding.ok("overlay", "the template host works: overlayfs over /usr can be mounted")
                : Finding.note(
                        "overlay",
                        "the template host works, but in a service of your own no directory with files can be removed: this kernel's tmpfs keeps no user.* attributes",
                        "Linux 6.6 or later; or root runs mayfly serve");
    }

    /** Runs the words where this is mounted on {@code root} in the tmpfs, which nobody else sees. */
    private Program.Result overlay(Path enter, Path lower, Path tmpfs, List<String> words) throws IOException {
        String memory = NativePath.bytes(tmpfs).latin1();
        Program program = Program.at(NativePath.bytes(enter));
        program = uid == 0
                ? program.with("private")
                : program.with("user-private", Long.toString(uid), Long.toString(Accounts.gid()));
        return program.with("tmpfs", "1048576", memory)
                .with("overlay", NativePath.bytes(lower).latin1(), memory + "/scratch", memory + "/root", "--")
                .with(words.toArray(String[]::new))
                .run(LIMIT, OUTPUT);
    }

    private static Finding systemService() {
        return answers(NativePath.of(ServicePlaces.SYSTEM))
                ? Finding.ok("system service", "you may use the one in " + ServicePlaces.SYSTEM)
                : Finding.note(
                        "system service",
                        "none that you may use: each user has an own service, started on first use",
                        "for one that everybody shares, root runs mayfly serve");
    }

    /** Whether a service runs there that this user may use. */
    private static boolean answers(Path place) {
        try (Mayfly mayfly = Mayfly.connect(place)) {
            return !mayfly.status().isEmpty();
        } catch (MayflyException e) {
            return false;
        }
    }

    private static Finding group() {
        try {
            OptionalLong gid = Accounts.group(GROUP);
            if (gid.isEmpty()) {
                return Finding.note(
                        "group mayfly",
                        "there is none: only root may use a system service",
                        "as root: " + GroupCommands.MAKE + "; " + GroupCommands.JOIN);
            }
            boolean member = Accounts.effectiveUid() == 0
                    || Accounts.gid() == gid.getAsLong()
                    || LongStream.of(Accounts.groups()).anyMatch(group -> group == gid.getAsLong());
            return member
                    ? Finding.ok("group mayfly", "you may use a system service")
                    : Finding.note(
                            "group mayfly",
                            "you are not in it",
                            "as root: " + GroupCommands.JOIN + "; then log in again");
        } catch (PosixException e) {
            return Finding.note("group mayfly", "cannot be looked up: " + e.reason(), "see getent group mayfly");
        }
    }

    /** What a user's own service needs for --as-root; root's needs nothing but the range. */
    private Finding ids() {
        if (uid == 0) {
            return Finding.ok("ids", "you may use any range without accounts: mayfly -u");
        }
        boolean mappers = find("newuidmap").isPresent() && find("newgidmap").isPresent();
        return mappers
                ? Finding.ok("ids", "newuidmap gives you your range of /etc/subuid, if you have one: mayfly --as-root")
                : Finding.note(
                        "ids",
                        "without newuidmap, --as-root makes you uid 0 alone in your own service",
                        "apt-get install uidmap");
    }

    private Finding runtimeDirectory() {
        Path directory = paths.runtime();
        if (answers(directory)) {
            return Finding.ok("runtime directory", directory + ", where a service runs");
        }
        Path base = Files.exists(directory) ? directory : Path.of(String.valueOf(directory.getParent()));
        return Files.isDirectory(base) && Files.isWritable(base)
                ? Finding.ok("runtime directory", directory.toString())
                : Finding.missing(
                        "runtime directory",
                        directory + " cannot be made or written to",
                        "name another with MAYFLY_RUNTIME_DIR");
    }

    private static Finding memory() {
        try {
            long available = Files.readAllLines(Path.of("/proc/meminfo"), StandardCharsets.US_ASCII).stream()
                            .filter(line -> line.startsWith("MemAvailable:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                            .findFirst()
                            .orElse(0)
                    * 1024;
            return enough("memory", available);
        } catch (IOException e) {
            return Finding.note("memory", "unknown: " + Failure.reason(e), "see free -m");
        }
    }

    private Finding disk() {
        Path directory = paths.data();
        Path existing = directory;
        while (!Files.exists(existing)) {
            existing = Path.of(String.valueOf(existing.getParent()));
        }
        try {
            return enough("disk for clones", Files.getFileStore(existing).getUsableSpace());
        } catch (IOException e) {
            return Finding.note("disk for clones", "unknown: " + Failure.reason(e), "see df " + existing);
        }
    }

    private static Finding display() {
        return find("xauth")
                .map(path -> Finding.ok("X11", path + ", for --x11"))
                .orElseGet(() ->
                        Finding.note("X11", "no xauth in /usr/bin: --x11 cannot be used", "apt-get install xauth"));
    }

    private static Finding enough(String subject, long bytes) {
        String detail = bytes / MEBIBYTE + " MiB available";
        return bytes >= LITTLE_MEMORY
                ? Finding.ok(subject, detail)
                : Finding.note(subject, detail, "little for what commands write: make room");
    }

    private static String tmp() {
        return System.getProperty("java.io.tmpdir", "/tmp");
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /** A file's first line; nothing when it cannot be read. */
    private static String line(String file) {
        return firstLine(text(file));
    }

    /** What is in a file; nothing when it cannot be read. */
    private static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
