package mayfly.integration.security;

import java.util.EnumSet;
import java.util.Set;

/** What an attacker will try, and what stops it. docs/security.md has the same as a table. */
public enum Attack {
    TYPING_FOR_THE_CALLER(
            1,
            "types into the caller's terminal: TIOCSTI, also with high bits set",
            "a terminal of its own; the filter looks at 32 bits of the request, as the kernel does"),
    CONSOLE_SELECTION(2, "pastes into the caller's console: TIOCLINUX", "the same"),
    PROGRAM_OVERWRITTEN(
            3,
            "writes to the helper's program: /proc/self/exe, /proc/1/exe",
            "mayfly-init runs from sealed memory; the host's programs are below the clone"),
    INHERITED_DESCRIPTORS(
            4,
            "finds a descriptor of the host, or a working directory outside of its root",
            "descriptors 0 to 2 only; the working directory is looked up inside"),
    DIRECTORY_AS_INPUT(5, "is given a directory as standard input and goes up from there", "directories are refused"),
    HOSTILE_TEMPLATE(
            6,
            "links in a template where root mounts or makes something",
            "mount points are found beneath the root without following a link"),
    SWAPPED_PATHS(
            7,
            "source or target of a bind exchanged while it is used",
            "what was opened is what is mounted; targets are opened step by step"),
    SETUID_FILE(
            8,
            "runs a setuid file of its own, inside or by its path on the host",
            "nosuid, no_new_privs; clones lie in directories that nobody else may enter"),
    NESTED_NAMESPACES(9, "makes namespaces of its own: unshare, clone, clone3", "the filter of system calls"),
    MOUNTS(10, "mounts, by the old calls or the new ones; enters namespaces", "no capability outside; the filter"),
    TRACED_HELPER(
            11,
            "traces the helper, or looks into it",
            "mayfly-init is not dumpable; a user namespace of root's around it; the filter"),
    PROPAGATION(
            12, "has mounts reach the host, or the host's reach it", "all mounts are private, or follow none outside"),
    CONTROL_GROUPS(13, "writes to control groups: release_agent, cgroup.procs", "what is there of them is read-only"),
    KERNEL_SETTINGS(
            14,
            "changes the kernel's settings, reads its secrets",
            "/proc/sys and /sys are read-only, what else uid 0 may change is covered"),
    FOREIGN_CALLS(
            15, "makes system calls of other tables: int 0x80, x32", "the filter allows those of its architecture"),
    UNFILTERED_THREAD(16, "looks for a thread without the filter", "it is installed before there is a second thread"),
    LARGE_SURFACES(
            17,
            "io_uring, bpf, perf, userfaultfd, keyrings, kexec, file handles, vsock, packet sockets",
            "the filter allows by list"),
    LEFT_MESSAGES(
            18,
            "leaves or passes something to another run: keyrings, System V IPC, /dev/shm, locks of files",
            "namespaces and a clone of its own; keyrings are refused"),
    DEVICES(19, "opens devices of the machine", "/dev has none; nodev everywhere"),
    DISPLAY(20, "reaches the display without -1", "the sockets are not there, by no name"),
    SOUND(21, "reaches the sound server without -2", "the socket is not there"),
    HOST_SOCKETS(
            22,
            "reaches D-Bus, systemd, docker, agents or the service itself",
            "/run is its own; a socket file seen through an overlay is nobody's"),
    ABSTRACT_SOCKETS(
            23,
            "reaches abstract sockets of the host with -n",
            "Landlock, from Linux 6.12 on; before, there are no Unix sockets with -n"),
    EXHAUSTION(
            24,
            "fork bomb, full disk, very many files",
            "the limit of processes, the clone's size or quota; all goes with the sandbox"),
    SURVIVORS(25, "leaves a process behind", "it is killed with the pid namespace before the clone is given up"),
    HOSTILE_WORDS(26, "words that look like options, newlines, all bytes", "argument vectors, never a shell"),
    STEERING_VARIABLES(
            27,
            "LD_PRELOAD, BASH_ENV, JAVA_TOOL_OPTIONS, PATH and the like in the caller's environment",
            "what the service starts has an environment of its own"),
    HOSTILE_BINDS(
            28,
            "binds of links, `..`, devices, what is missing; killed in the middle",
            "opened with the user's rights; what is made for a bind is made in the sandbox"),
    HOSTILE_HOOKS(
            29,
            "names that a hook's shell would read; a hook that stays, or looks for descriptors",
            "hooks get names as data, run as their owner, in a time limit, without a descriptor of Mayfly's"),
    CLAIMED_IDENTITY(30, "says that it is somebody else", "the kernel says who it is"),
    BROKEN_PROTOCOL(
            31,
            "frames that are too large, cut, slow, random; 10,000 connections; descriptors by the hundred",
            "bounds for everything; who breaks the protocol loses his connection"),
    STRANGER(
            32,
            "claims, signals, joins or ends what is another's",
            "a lease is a connection; sessions are looked up by their owner"),
    REUSED_PROCESS_ID(
            33,
            "a process number that has become another's",
            "pidfds; with a number its process's start is remembered"),
    LIBRARIES_OF_A_CLONE(
            34,
            "libraries and databases of users in the clone, for root to load",
            "mayfly-init is static; nothing of root's starts or looks anybody up inside"),
    HOSTILE_TREE(
            35,
            "links, pipes, devices, deep trees for root to change or to remove",
            "open directories, without links and mounts"),
    FORGED_LINES(36, "newlines and escapes in what is logged or printed", "control characters are escaped"),
    GREED(37, "one user asks for everything", "counts for each user; users take turns"),
    VIOLENT_ENDS(
            38,
            "service, client or sandbox are killed at any step",
            "a clone is marked durably before it is used, and never given out again"),
    MISSING_FEATURES(39, "a kernel that refuses what a sandbox needs", "an error; never a weaker sandbox"),
    ACTIVATION(
            40,
            "sockets and variables of the service manager; one source that takes all connections",
            "neither is passed on; connections of each source are counted"),
    GIVEN_SOCKET(
            41,
            "takes a connection that it is given away from its peer, to other services of the host's network",
            "Landlock, from Linux 6.7 on, and the filter; before, nothing can be connected"),
    GIVEN_FILE(
            42,
            "opens a file that it was given for reading anew, to write to it; makes one that it was given setuid",
            "Landlock and the filter; without Landlock no file is given for reading");

    /** Where what stops it is not the sandbox's: one backend stands for all. */
    private static final Set<Attack> OF_THE_SERVICE = EnumSet.of(
            HOSTILE_HOOKS,
            CLAIMED_IDENTITY,
            BROKEN_PROTOCOL,
            STRANGER,
            REUSED_PROCESS_ID,
            FORGED_LINES,
            GREED,
            ACTIVATION);

    private final int row;
    private final String attempt;
    private final String protection;

    Attack(int row, String attempt, String protection) {
        this.row = row;
        this.attempt = attempt;
        this.protection = protection;
    }

    /** Whether the service or the client stops it, and not the sandbox. */
    public boolean isStoppedByTheService() {
        return OF_THE_SERVICE.contains(this);
    }

    public int row() {
        return row;
    }

    /** What is tried, as a part of a sentence. */
    public String attempt() {
        return attempt;
    }

    /** What stops it. */
    public String protection() {
        return protection;
    }
}
