package mayfly.clonepool.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.root.MountTable;

/**
 * A filesystem in a sparse file, for what commands change in the machine's own system when root's service keeps that on a
 * disk: an upper directory may not lie in its lower one, which is {@code /} then. It is mounted where the template
 * {@code host} leaves everything out, beneath the service's runtime directory.
 *
 * <p>Closing it takes it out of sight at once; sandboxes that live on keep it until the last of them has ended, and the loop
 * device goes with it. The next service finds that device, if it is still there, and mounts it again.
 */
public final class DiskImage implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int OUTPUT_BYTES = 4096;
    private static final String MOUNT_POINT = "disk";
    private static final Path DEVICES = Path.of("/sys/block");
    /** A device can end between the look at it and the mount: with the last sandbox of an earlier service. */
    private static final int ATTEMPTS = 3;

    // e2fsck(8): what its exit status says
    private static final int CORRECTED = 1 | 2;
    private static final int UNCORRECTED = 4;

    // s_magic of the superblock, linux/fs/ext4/ext4.h
    private static final int MAGIC_AT = 1024 + 0x38;
    private static final byte[] MAGIC = {0x53, (byte) 0xEF};

    private final Path file;
    private final Path directory;
    private final Consumer<String> log;
    private boolean mounted;

    private DiskImage(Path file, Path directory, Consumer<String> log) {
        this.file = file;
        this.directory = directory;
        this.log = log;
    }

    /** Where it is mounted. */
    public static Path directory(Path runtimeDir) {
        return runtimeDir.resolve(MOUNT_POINT);
    }

    /**
     * Makes the image when there is none, and mounts it when no earlier service did.
     *
     * @param bytes size of a new one
     * @param log is told what an administrator should know
     */
    public static DiskImage open(Path dataDir, Path runtimeDir, long bytes, Consumer<String> log)
            throws RefusedException {
        DiskImage image = of(dataDir, runtimeDir, log);
        try {
            Files.createDirectories(dataDir);
            image.open(bytes);
            return image;
        } catch (IOException e) {
            throw new RefusedException(
                    "cannot use the disk image " + image.file + ": " + Failure.reason(e), StoreException.remedy(e));
        }
    }

    /** Takes away what an earlier service has left mounted. */
    public static void closeLeft(Path dataDir, Path runtimeDir, Consumer<String> log) throws IOException {
        DiskImage image = of(dataDir, runtimeDir, log);
        image.mounted = image.isMounted() && image.isOwn();
        image.close();
    }

    private static DiskImage of(Path dataDir, Path runtimeDir, Consumer<String> log) {
        return new DiskImage(
                dataDir.toAbsolutePath().normalize().resolve("image.ext4"),
                directory(runtimeDir.toAbsolutePath()),
                log);
    }

    private void open(long bytes) throws IOException {
        if (isMounted()) {
            if (!isOwn()) {
                throw new StoreException("something else is mounted on " + directory, "umount " + directory);
            }
        } else {
            if (!Files.exists(file)) {
                make(bytes);
            }
            mount(bytes);
        }
        mounted = true;
        if (Files.size(file) != bytes) {
            log.accept("the disk image " + file + " has " + Files.size(file)
                    + " bytes: another image-size counts when it is made anew, after it was removed");
        }
    }

    private boolean isMounted() throws IOException {
        return Files.isDirectory(directory)
                && MountTable.read()
                        .at(NativePath.bytes(directory.toRealPath()))
                        .isPresent();
    }

    /** Whether the filesystem that is mounted there is the one in the image. */
    private boolean isOwn() throws IOException {
        Optional<Path> device = device();
        long number = (Long) Files.getAttribute(directory, "unix:dev");
        return device.isPresent() && (Long) Files.getAttribute(device.get(), "unix:rdev") == number;
    }

    /** The loop device that has the image, if there is one. */
    private Optional<Path> device() throws IOException {
        for (Path device : Entries.startingWith("loop", DEVICES)) {
            Path backing = device.resolve("loop/backing_file");
            if (Files.exists(backing)
                    && Files.readString(backing)
                            .strip()
                            .equals(file.toRealPath().toString())) {
                return Optional.of(Path.of("/dev").resolve(device.getFileName()));
            }
        }
        return Optional.empty();
    }

    /** Under another name first: an image is whole or not there. */
    private void make(long bytes) throws IOException {
        Path unfinished = file.resolveSibling("image.ext4.new");
        Files.deleteIfExists(unfinished);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (RandomAccessFile sparse = new RandomAccessFile(unfinished.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
        Program.Result made = program("mkfs.ext4")
                .with("-q", "-F", "-m", "0")
                .with(NativePath.bytes(unfinished))
                .run(LIMIT, OUTPUT_BYTES);
        if (!made.succeeded()) {
            Files.delete(unfinished);
            throw new IOException(made.failure());
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void mount(long bytes) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
        }
        Program.Result result = null;
        for (int i = 0; i < ATTEMPTS; i++) {
            Optional<Path> device = device();
            if (device.isEmpty()) {
                repair(bytes);
            }
            // Mounted twice through two devices, the filesystem would be destroyed.
            Bytes source = NativePath.bytes(device.orElse(file));
            // What destroyed clones took goes back to the filesystem that the file is in.
            String options = "nosuid,nodev,discard" + (device.isPresent() ? "" : ",loop");
            result = program("mount")
                    .with("-t", "ext4", "-o", options)
                    .with(source, NativePath.bytes(directory))
                    .run(LIMIT, OUTPUT_BYTES);
            if (result.succeeded()) {
                return;
            }
        }
        throw new IOException(result == null ? "it cannot be mounted" : result.failure());
    }

    /**
     * Repairs what was not unmounted. There is nothing in it but clones: what cannot be repaired is made anew. What e2fsck
     * could not look at, for whatever reason, stays.
     */
    private void repair(long bytes) throws IOException {
        if (!isFilesystem(file)) {
            makeAnew(bytes, "it holds no filesystem any more");
            return;
        }
        Program.Result result =
                program("e2fsck").with("-p").with(NativePath.bytes(file)).run(LIMIT, OUTPUT_BYTES);
        if (!isRepaired(result)) {
            makeAnew(bytes, "it cannot be repaired: " + result.failure());
        }
    }

    private void makeAnew(long bytes, String why) throws IOException {
        log.accept("the disk image " + file + " is made anew, " + why);
        Files.delete(file);
        make(bytes);
    }

    /** Whether there is a superblock: e2fsck's exit status does not tell that from a failure of its own. */
    static boolean isFilesystem(Path file) throws IOException {
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "r")) {
            if (image.length() < MAGIC_AT + MAGIC.length) {
                return false;
            }
            byte[] found = new byte[MAGIC.length];
            image.seek(MAGIC_AT);
            image.readFully(found);
            return Arrays.equals(found, MAGIC);
        }
    }

    /** False: it cannot be repaired. */
    static boolean isRepaired(Program.Result result) throws StoreException {
        int status = result.exitStatus().orElse(-1);
        if (status >= 0 && (status & ~(CORRECTED | UNCORRECTED)) == 0) {
            return (status & UNCORRECTED) == 0;
        }
        throw new StoreException(
                "it cannot be checked with e2fsck: " + result.failure(),
                "run e2fsck by hand; what is in the image are clones only, it may be removed");
    }

    private static Program program(String name) throws IOException {
        for (String place : new String[] {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
            if (Files.isExecutable(Path.of(place + name))) {
                return Program.at(place + name);
            }
        }
        throw new StoreException(
                name + " is not installed",
                "apt-get install e2fsprogs mount, or upper = \"memory\" for the template host");
    }

    /** Out of sight at once; gone with the last sandbox that uses it. */
    @Override
    public void close() throws IOException {
        if (!mounted) {
            return;
        }
        mounted = false;
        Program.Result result = program("umount")
                .with("--lazy")
                .with(NativePath.bytes(directory))
                .run(LIMIT, OUTPUT_BYTES);
        if (!result.succeeded()) {
            throw new IOException("cannot unmount " + directory + ": " + result.failure());
        }
    }
}
