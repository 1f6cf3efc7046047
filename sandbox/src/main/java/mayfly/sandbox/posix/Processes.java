package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.errno;
import static mayfly.sandbox.posix.Native.failure;
import static mayfly.sandbox.posix.Native.interrupted;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mayfly.sandbox.Bytes;

/** Processes: their ends, signals to them, and what this one has that its children inherit. */
public final class Processes {
    private static final int PARENT = 4;
    private static final int NICE = 19;
    private static final int START_TIME = 22;
    private static final int PATH_MAX = 4096;

    // struct rusage: two times of two numbers each come first
    private static final int RUSAGE_LONGS = 18;
    private static final int MAX_RSS = 4;

    /** FreeBSD 13 takes no more and no less than 32. */
    private static final int FEW_CPUS_BYTES = Kernel.IS_FREEBSD ? 32 : 128;

    private static final int UNLIMITED_CPUS_BYTES = 1 << 16;
    private static final long THIS_THREAD = -1;

    private Processes() {}

    /** How the child ended, once it has: it is gone then. Empty while it runs. */
    public static Optional<ProcessEnd> poll(int pid) throws PosixException {
        return wait(pid, Kernel.WNOHANG);
    }

    /**
     * What a process has used, with all its children that it has waited for.
     *
     * @param peakKib largest resident set of one of them
     */
    public record Usage(long userMicros, long systemMicros, long peakKib) {}

    /** What the child has used, once it has ended: it is gone then. Empty while it runs. */
    public static Optional<Usage> reap(int pid) throws PosixException {
        int[] status = new int[1];
        long[] usage = new long[RUSAGE_LONGS];
        int result;
        do {
            result = LIBC.wait4(pid, status, Kernel.WNOHANG, usage);
        } while (interrupted(result));
        return check(result, "wait4") == 0
                ? Optional.empty()
                : Optional.of(
                        new Usage(usage[0] * 1_000_000 + usage[1], usage[2] * 1_000_000 + usage[3], usage[MAX_RSS]));
    }

    /** Waits for the child's end. */
    public static ProcessEnd await(int pid) throws PosixException {
        Optional<ProcessEnd> end;
        do {
            end = wait(pid, 0);
        } while (end.isEmpty());
        return end.get();
    }

    /** Waits for the end of a process that need not be a child. */
    public static void await(ProcessIdentity process) throws IOException {
        OptionalInt pidFd = pidFd(process);
        if (pidFd.isEmpty()) {
            return;
        }
        try (Poller poller = new Poller(1)) {
            poller.add(pidFd.getAsInt(), Poller.IN, 0);
            while (poller.await(-1) == 0) {
                // a signal came
            }
        } finally {
            Descriptors.close(pidFd.getAsInt());
        }
    }

    /** Waits for the child's end; empty when it has not ended at {@code deadline}, a time of {@link System#nanoTime}. */
    public static Optional<ProcessEnd> await(int pid, long deadline) throws IOException {
        Optional<ProcessEnd> end = poll(pid);
        if (end.isPresent()) {
            return end;
        }
        int pidFd = pidFd(pid);
        try (Poller poller = new Poller(1)) {
            poller.add(pidFd, Poller.IN, 0);
            for (long left = deadline - System.nanoTime();
                    end.isEmpty() && left > 0;
                    left = deadline - System.nanoTime()) {
                poller.await((int) Math.min(left / 1_000_000 + 1, Integer.MAX_VALUE));
                end = poll(pid);
            }
            return end;
        } finally {
            Descriptors.close(pidFd);
        }
    }

    /**
     * Has a child reaped when it ends, which can be long after its SIGKILL: a process that the kernel keeps in a call (a filesystem
     * that does not answer) ends only when that call does.
     */
    public static void reapLater(int pid) {
        reapLater(pid, () -> {});
    }

    /** @param then done once it is gone, by any thread; it must not fail */
    public static void reapLater(int pid, Runnable then) {
        ChildReaper.ofThisProcess().add(pid, then);
    }

    private static Optional<ProcessEnd> wait(int pid, int options) throws PosixException {
        int[] status = new int[1];
        int result;
        do {
            result = LIBC.waitpid(pid, status, options);
        } while (interrupted(result));
        return check(result, "waitpid") == 0 ? Optional.empty() : Optional.of(ProcessEnd.of(status[0]));
    }

    /** A descriptor that stands for the process and becomes readable when it ends. */
    public static int pidFd(int pid) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            return FreeBsdProcesses.watch(pid);
        }
        return check((int) LIBC.syscall(Linux.SYS_PIDFD_OPEN, pid, 0, 0, 0), "pidfd_open");
    }

    /** The same for this very process; empty when it has ended. */
    public static OptionalInt pidFd(ProcessIdentity process) throws IOException {
        int fd;
        try {
            fd = pidFd(process.pid());
        } catch (PosixException e) {
            if (e.errno() == Kernel.ESRCH) {
                return OptionalInt.empty();
            }
            throw e;
        }
        boolean same = false;
        try {
            // Looked at when the descriptor is open, so that it is this very process's.
            same = identity(process.pid()).equals(Optional.of(process));
        } finally {
            if (!same) {
                Descriptors.close(fd);
            }
        }
        return same ? OptionalInt.of(fd) : OptionalInt.empty();
    }

    /** Which process has this id now; empty: none. */
    public static Optional<ProcessIdentity> identity(int pid) throws IOException {
        if (Kernel.IS_FREEBSD) {
            return FreeBsdProcesses.identity(pid);
        }
        return field(pid, START_TIME).map(start -> new ProcessIdentity(pid, start));
    }

    /** Which process the descriptor stands for, for Linux; empty: it has ended, or may not be seen (proc(5), hidepid). */
    public static Optional<ProcessIdentity> identityOf(int pidFd) throws IOException {
        List<String> info = Files.readAllLines(Path.of("/proc/self/fdinfo/" + pidFd), StandardCharsets.ISO_8859_1);
        int pid = Integer.parseInt(line(info, "Pid:"));
        Optional<ProcessIdentity> identity = pid > 0 ? identity(pid) : Optional.empty();
        // Looked at when the identity is known, so that it is not another's with the same id.
        return hasEnded(pidFd) ? Optional.empty() : identity;
    }

    /** The id of the process's parent now, 0 for one outside; empty when there is no process of this id. */
    public static OptionalInt parent(int pid) throws IOException {
        if (Kernel.IS_FREEBSD) {
            Optional<ProcessInfo> info = FreeBsdProcesses.info(pid);
            return info.isPresent() ? OptionalInt.of(info.get().parent()) : OptionalInt.empty();
        }
        Optional<Long> parent = field(pid, PARENT);
        return parent.isPresent() ? OptionalInt.of(parent.get().intValue()) : OptionalInt.empty();
    }

    /** A number of proc_pid_stat(5), behind its field 2: that is a name in parentheses, which may hold anything. */
    private static Optional<Long> field(int pid, int number) throws IOException {
        Path file = Path.of("/proc/" + pid + "/stat");
        String line;
        try {
            line = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            if (Files.notExists(file)) {
                return Optional.empty(); // it may have ended when the file was open
            }
            throw e;
        }
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return Optional.of(Long.parseLong(fields[number - 3]));
    }

    /**
     * Signals the very process that the descriptor stands for; false when it has ended. On FreeBSD, where a descriptor takes no
     * signals, another one of the same id could get it that has been started since the descriptor was looked at.
     *
     * @param pid the process's id
     */
    public static boolean signal(int pidFd, int pid, int signal) throws PosixException {
        if (Kernel.IS_FREEBSD) {
            return !FreeBsdProcesses.hasEnded(pidFd) && kill(pid, signal);
        }
        return delivered(LIBC.syscall(Linux.SYS_PIDFD_SEND_SIGNAL, pidFd, signal, 0, 0), "pidfd_send_signal");
    }

    /** Whether the process that the descriptor stands for has ended. */
    public static boolean hasEnded(int pidFd) throws IOException {
        try (Poller poller = new Poller(1)) {
            poller.add(pidFd, Poller.IN, 0);
            return poller.await(0) > 0;
        }
    }

    /** Whether the process that the descriptor stands for is still there, for Linux: a zombie is. */
    static boolean isThere(int pidFd) throws PosixException {
        return LIBC.syscall(Linux.SYS_PIDFD_SEND_SIGNAL, pidFd, 0, 0, 0) == 0 || errno() != Kernel.ESRCH;
    }

    /** Signals the process of this id, or the process group {@code -pid}; false when there is none. */
    public static boolean kill(int pid, int signal) throws PosixException {
        return delivered(LIBC.kill(pid, signal), "kill");
    }

    private static boolean delivered(long result, String function) throws PosixException {
        if (result == 0) {
            return true;
        }
        int errno = errno();
        if (errno == Kernel.ESRCH) {
            return false;
        }
        throw failure(errno, function);
    }

    /** Signals the calling thread; what the signal does to the process has happened on return. */
    public static void raise(int signal) throws PosixException {
        check(LIBC.raise(signal), "raise");
    }

    /** This process's working directory; empty when it has been deleted or lies outside this process's root. */
    public static Optional<Bytes> workingDirectory() throws PosixException {
        byte[] path = new byte[PATH_MAX];
        if (LIBC.getcwd(path, path.length) == 0) {
            if (errno() == Kernel.ENOENT) {
                return Optional.empty();
            }
            throw failure(errno(), "getcwd");
        }
        Bytes whole = Bytes.of(path);
        Bytes directory = whole.slice(0, whole.indexOf('\0', 0));
        return directory.startsWith(Bytes.utf8("/")) ? Optional.of(directory) : Optional.empty();
    }

    /**
     * What this process has that its children inherit; of signals what the JVM has made of them.
     *
     * @param ignored bit N-1: signal N; so below
     */
    public record Inherited(int umask, int nice, long ignored, long blocked) {}

    public static Inherited inherited() throws IOException {
        if (Kernel.IS_FREEBSD) {
            int self = LIBC.getpid();
            ProcessInfo info = FreeBsdProcesses.info(self).orElseThrow(() -> failure(Kernel.ESRCH, "sysctl"));
            return new Inherited(FreeBsdProcesses.umask(), info.nice(), info.ignored(), info.blocked());
        }
        List<String> status = Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1);
        return new Inherited(
                Integer.parseInt(line(status, "Umask:"), 8),
                (int) (long) field(LIBC.getpid(), NICE).orElseThrow(() -> failure(Kernel.ESRCH, "getpriority")),
                Long.parseUnsignedLong(line(status, "SigIgn:"), 16),
                Long.parseUnsignedLong(line(status, "SigBlk:"), 16));
    }

    private static String line(List<String> status, String name) throws IOException {
        return status.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).trim())
                .findFirst()
                .orElseThrow(() -> new IOException("no line " + name + " in status"));
    }

    /** The argument vector that this process was started with: strings that each end with a NUL. */
    public static Bytes ownWords() throws IOException {
        return Kernel.IS_FREEBSD
                ? FreeBsdProcesses.strings(FreeBsd.KERN_PROC_ARGS)
                : Bytes.of(Files.readAllBytes(Path.of("/proc/self/cmdline")));
    }

    /** The variables that this process was started with: strings that each end with a NUL. */
    public static Bytes ownVariables() throws IOException {
        return Kernel.IS_FREEBSD
                ? FreeBsdProcesses.strings(FreeBsd.KERN_PROC_ENV)
                : Bytes.of(Files.readAllBytes(Path.of("/proc/self/environ")));
    }

    /** This process's own group. */
    public static int ownGroup() {
        return LIBC.getpgrp();
    }

    /** Soft and hard limit of each resource in turn, a pair for each that the system has, in its own numbers. */
    public static long[] limits() throws PosixException {
        long[] limits = new long[2 * Kernel.RLIMITS];
        long[] pair = new long[2];
        for (int resource = 0; resource < Kernel.RLIMITS; resource++) {
            check(LIBC.getrlimit(resource, pair), "getrlimit");
            System.arraycopy(pair, 0, limits, 2 * resource, 2);
        }
        return limits;
    }

    /** The calling thread's processors, one bit each, in native order. */
    public static byte[] affinity() throws PosixException {
        byte[] mask = new byte[FEW_CPUS_BYTES];
        while (readAffinity(mask) < 0) {
            int errno = errno();
            boolean tooShort = errno == (Kernel.IS_FREEBSD ? Kernel.ERANGE : Kernel.EINVAL);
            if (!tooShort || mask.length >= UNLIMITED_CPUS_BYTES) {
                throw failure(errno, "sched_getaffinity");
            }
            mask = Arrays.copyOf(mask, mask.length * 2);
        }
        return mask;
    }

    private static int readAffinity(byte[] mask) {
        return Kernel.IS_FREEBSD
                ? LIBC.cpuset_getaffinity(
                        FreeBsd.CPU_LEVEL_WHICH, FreeBsd.CPU_WHICH_TID, THIS_THREAD, mask.length, mask)
                : LIBC.sched_getaffinity(0, mask.length, mask);
    }
}
