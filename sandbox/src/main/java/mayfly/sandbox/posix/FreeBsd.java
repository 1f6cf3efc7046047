package mayfly.sandbox.posix;

/**
 * Numbers of FreeBSD's kernel's interface (sys/sys, 13.1 and later), the same on amd64 and aarch64, as far as they are not
 * Linux's too.
 */
final class FreeBsd {
    static final int EAGAIN = 35;

    static final int ENAMETOOLONG = 63;
    static final int ENOTEMPTY = 66;
    static final int EMSGSIZE = 40;
    static final int ENOBUFS = 55;
    static final int ENOTSOCK = 38;

    static final int EOPNOTSUPP = 45;

    static final int ECONNABORTED = 53;
    static final int ECONNRESET = 54;
    static final int ECONNREFUSED = 61;

    static final int O_CREAT = 0x200;
    static final int O_EXCL = 0x800;
    static final int O_NOCTTY = 0x8000;
    static final int O_TRUNC = 0x400;
    static final int O_APPEND = 0x8;
    static final int O_NONBLOCK = 0x4;
    static final int O_DIRECTORY = 0x20000;
    static final int O_NOFOLLOW = 0x100;
    static final int O_CLOEXEC = 0x100000;
    static final int O_PATH = 0x400000;

    static final int SIGUSR1 = 30;
    static final int SIGUSR2 = 31;
    static final int SIGCHLD = 20;
    static final int SIGCONT = 19;
    static final int SIGSTOP = 17;
    static final int SIGTSTP = 18;

    static final int AF_INET6 = 28;

    static final int SOCK_NONBLOCK = 0x2000_0000;
    static final int SOCK_CLOEXEC = 0x1000_0000;
    static final int SOL_SOCKET = 0xffff;
    static final int SO_TYPE = 0x1008;
    static final int SO_OOBINLINE = 0x0100;
    static final int SO_ACCEPTCONN = 0x2;
    static final int SO_DOMAIN = 0x1019;

    static final int MSG_CTRUNC = 0x20;
    static final int MSG_NOSIGNAL = 0x2_0000;
    static final int MSG_CMSG_CLOEXEC = 0x4_0000;

    static final int F_DUPFD_CLOEXEC = 17;
    static final int F_ADD_SEALS = 19;

    static final int AT_REMOVEDIR = 0x800;
    static final int AT_SYMLINK_NOFOLLOW = 0x200;

    static final int POSIX_SPAWN_SETSIGDEF = 0x10;
    static final int POSIX_SPAWN_SETSIGMASK = 0x20;

    static final int RLIMITS = 15;

    static final short POSIX_SPAWN_SETPGROUP = 0x2;
    static final int SOL_LOCAL = 0;
    static final int LOCAL_PEERCRED = 1;
    /** {@code openat} of this one: no {@code ..} and no absolute link leads out of the directory. */
    static final int O_RESOLVE_BENEATH = 0x80_0000;

    static final int EVFILT_READ = -1;
    static final int EVFILT_WRITE = -2;
    static final int EVFILT_PROC = -5;
    static final int EV_ADD = 0x1;
    static final int EV_DELETE = 0x2;
    static final int EV_EOF = 0x8000;
    static final int NOTE_LOWAT = 0x1;
    static final int NOTE_EXIT = 0x8000_0000;

    static final int CTL_KERN = 1;
    static final int KERN_PROC = 14;
    static final int KERN_BOOTTIME = 21;
    static final int KERN_PROC_PID = 1;
    static final int KERN_PROC_ARGS = 7;
    static final int KERN_PROC_ENV = 35;
    static final int KERN_PROC_UMASK = 39;

    static final int CPU_LEVEL_WHICH = 3;
    static final int CPU_WHICH_TID = 1;

    static final long TIOCGETA = 0x402c_7413L;
    static final long TIOCSETAW = 0x802c_7415L;
    static final long TIOCGWINSZ = 0x4008_7468L;
    static final long TIOCSWINSZ = 0x8008_7467L;

    private FreeBsd() {}
}
