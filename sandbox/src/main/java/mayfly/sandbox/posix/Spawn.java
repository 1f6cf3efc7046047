package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.cString;
import static mayfly.sandbox.posix.Native.checkReturned;

import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Pointer;
import mayfly.sandbox.Bytes;

/**
 * Starts a program in a child process, by posix_spawn: the JVM itself never forks. The child has default signal
 * actions, no blocked signals and the given descriptors only.
 *
 * @param program path of the program
 * @param arguments its argument vector, from element 0 on
 * @param environment strings {@code NAME=VALUE}
 * @param descriptors become 0, 1, 2 … in the child, in this order
 * @param directory the child's working directory; absent: this process's
 * @param newSession whether the child leads a session of its own; on FreeBSD, whose posix_spawn has none, a process group
 */
public record Spawn(
        Bytes program,
        List<Bytes> arguments,
        List<Bytes> environment,
        List<Integer> descriptors,
        Optional<Bytes> directory,
        boolean newSession) {
    /** More than glibc's and musl's types have (80, 336 and 128 bytes), and FreeBSD's (pointers, 16). */
    private static final int ACTIONS_BYTES = 128;

    private static final Bytes NOTHING = Bytes.utf8("/dev/null");
    private static final int ATTRIBUTES_BYTES = 512;
    private static final int SIGNAL_SET_BYTES = 128;

    /** 1 to 31 less KILL and STOP: posix_spawn fails when it may not set one, and libthr keeps the next for itself. */
    private static final int FREEBSD_SIGNALS = 0x7FFE_FEFF;

    public Spawn {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        descriptors = List.copyOf(descriptors);
    }

    /**
     * Starts a helper of this process's: in a session of its own, without arguments, with nothing but a connection.
     *
     * @param connection its descriptor 3
     * @return its process id, which the caller has to wait for
     */
    public static int helper(Bytes program, List<Bytes> environment, int connection) throws PosixException {
        int nothing = Descriptors.open(NOTHING, Kernel.O_RDWR, 0);
        try {
            List<Integer> given = List.of(nothing, nothing, nothing, connection);
            return new Spawn(program, List.of(program), environment, given, Optional.empty(), true).start();
        } finally {
            Descriptors.close(nothing);
        }
    }

    /**
     * Starts the child.
     *
     * @return its process id, which the caller has to wait for
     */
    public int start() throws PosixException {
        Pointer actions = Native.allocate(ACTIONS_BYTES);
        checkReturned(LIBC.posix_spawn_file_actions_init(actions.address()), "posix_spawn_file_actions_init");
        int[] safe = new int[descriptors.size()];
        int made = 0;
        try {
            for (int fd : descriptors) {
                // Numbers may overlap with those in the child: each goes out of the way first. Not far: there may be
                // few numbers (RLIMIT_NOFILE).
                safe[made] = Descriptors.duplicate(fd, safe.length);
                made++;
            }
            addActions(actions, safe);
            return start(actions);
        } finally {
            for (int i = 0; i < made; i++) {
                Descriptors.close(safe[i]);
            }
            LIBC.posix_spawn_file_actions_destroy(actions.address());
        }
    }

    private void addActions(Pointer actions, int[] safe) throws PosixException {
        for (int i = 0; i < safe.length; i++) {
            checkReturned(
                    LIBC.posix_spawn_file_actions_adddup2(actions.address(), safe[i], i),
                    "posix_spawn_file_actions_adddup2");
        }
        checkReturned(
                LIBC.posix_spawn_file_actions_addclosefrom_np(actions.address(), safe.length),
                "posix_spawn_file_actions_addclosefrom_np");
        if (directory.isPresent()) {
            checkReturned(
                    LIBC.posix_spawn_file_actions_addchdir_np(actions.address(), cString(directory.get())),
                    "posix_spawn_file_actions_addchdir_np");
        }
    }

    private int start(Pointer actions) throws PosixException {
        Pointer attributes = Native.allocate(ATTRIBUTES_BYTES);
        checkReturned(LIBC.posix_spawnattr_init(attributes.address()), "posix_spawnattr_init");
        Pointer none = Native.allocate(SIGNAL_SET_BYTES);
        Pointer all = Native.allocate(SIGNAL_SET_BYTES);
        if (Kernel.IS_FREEBSD) {
            all.putInt(0, FREEBSD_SIGNALS);
        } else {
            all.setMemory(0, SIGNAL_SET_BYTES, (byte) 0xFF);
        }
        Pointer argv = vector(arguments);
        Pointer environ = vector(environment);
        int[] pid = new int[1];
        try {
            int leads = Kernel.IS_FREEBSD ? FreeBsd.POSIX_SPAWN_SETPGROUP : Linux.POSIX_SPAWN_SETSID;
            int flags = Kernel.POSIX_SPAWN_SETSIGMASK | Kernel.POSIX_SPAWN_SETSIGDEF | (newSession ? leads : 0);
            LIBC.posix_spawnattr_setflags(attributes.address(), (short) flags);
            LIBC.posix_spawnattr_setpgroup(attributes.address(), 0);
            LIBC.posix_spawnattr_setsigmask(attributes.address(), none.address());
            LIBC.posix_spawnattr_setsigdefault(attributes.address(), all.address());
            checkReturned(
                    LIBC.posix_spawn(
                            pid,
                            cString(program),
                            actions.address(),
                            attributes.address(),
                            argv.address(),
                            environ.address()),
                    "posix_spawn");
            return pid[0];
        } finally {
            LIBC.posix_spawnattr_destroy(attributes.address());
            Reference.reachabilityFence(none);
            Reference.reachabilityFence(all);
            Reference.reachabilityFence(argv);
            Reference.reachabilityFence(environ);
        }
    }

    /** The addresses of the strings, a null, then the strings themselves, in one block. */
    private static Pointer vector(List<Bytes> strings) {
        int offset = (strings.size() + 1) * Long.BYTES;
        int size = offset;
        for (Bytes string : strings) {
            size += string.length() + 1;
        }
        Pointer block = Native.allocate(size);
        for (int i = 0; i < strings.size(); i++) {
            byte[] string = cString(strings.get(i));
            block.putLong((long) i * Long.BYTES, block.address() + offset);
            block.put(offset, string, 0, string.length);
            offset += string.length;
        }
        return block;
    }
}
