package mayfly.sandbox.posix;

/**
 * Numbers of the kernel's interface, as this system has them: those that are the same everywhere, and those that are not,
 * from {@link Linux} or {@link FreeBsd}.
 */
public final class Kernel {
    /** Whether this is FreeBSD; else it is Linux. */
    public static final boolean IS_FREEBSD = System.getProperty("os.name", "").equals("FreeBSD");

    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EBADF = 9;
    public static final int ECHILD = 10;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENOTTY = 25;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;

    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;

    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGKILL = 9;
    public static final int SIGPIPE = 13;
    public static final int SIGTERM = 15;
    public static final int SIGTTIN = 21;
    public static final int SIGTTOU = 22;
    public static final int SIGWINCH = 28;

    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    static final int SOCK_SEQPACKET = 5;
    static final int SCM_RIGHTS = 1;
    static final int SHUT_RDWR = 2;

    static final int F_GETFD = 1;
    static final int F_SETFD = 2;
    static final int F_GETFL = 3;
    static final int F_SETFL = 4;
    static final int FD_CLOEXEC = 1;
    static final int F_SEAL_SIZE = 0x7; // seal, shrink, grow
    static final int F_SEAL_ALL = 0xf; // seal, shrink, grow, write
    static final int LOCK_SH = 1;
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    static final int LOCK_UN = 8;
    static final int MFD_CLOEXEC = 1;
    static final int MFD_ALLOW_SEALING = 2;
    static final int AT_FDCWD = -100;
    static final int DT_DIR = 4;
    static final int S_IFMT = 0170000;
    static final int S_IFREG = 0100000;
    static final int S_IFDIR = 0040000;
    static final int WNOHANG = 1;

    public static final int EAGAIN = IS_FREEBSD ? FreeBsd.EAGAIN : Linux.EAGAIN;

    public static final int ENAMETOOLONG = IS_FREEBSD ? FreeBsd.ENAMETOOLONG : Linux.ENAMETOOLONG;
    public static final int EMSGSIZE = IS_FREEBSD ? FreeBsd.EMSGSIZE : Linux.EMSGSIZE;
    public static final int ENOBUFS = IS_FREEBSD ? FreeBsd.ENOBUFS : Linux.ENOBUFS;
    public static final int ENOTEMPTY = IS_FREEBSD ? FreeBsd.ENOTEMPTY : Linux.ENOTEMPTY;
    public static final int ENOTSOCK = IS_FREEBSD ? FreeBsd.ENOTSOCK : Linux.ENOTSOCK;

    public static final int EOPNOTSUPP = IS_FREEBSD ? FreeBsd.EOPNOTSUPP : Linux.EOPNOTSUPP;

    public static final int ECONNABORTED = IS_FREEBSD ? FreeBsd.ECONNABORTED : Linux.ECONNABORTED;
    public static final int ECONNRESET = IS_FREEBSD ? FreeBsd.ECONNRESET : Linux.ECONNRESET;
    public static final int ECONNREFUSED = IS_FREEBSD ? FreeBsd.ECONNREFUSED : Linux.ECONNREFUSED;

    public static final int O_CREAT = IS_FREEBSD ? FreeBsd.O_CREAT : Linux.O_CREAT;
    public static final int O_EXCL = IS_FREEBSD ? FreeBsd.O_EXCL : Linux.O_EXCL;
    public static final int O_NOCTTY = IS_FREEBSD ? FreeBsd.O_NOCTTY : Linux.O_NOCTTY;
    public static final int O_TRUNC = IS_FREEBSD ? FreeBsd.O_TRUNC : Linux.O_TRUNC;
    public static final int O_APPEND = IS_FREEBSD ? FreeBsd.O_APPEND : Linux.O_APPEND;
    public static final int O_NONBLOCK = IS_FREEBSD ? FreeBsd.O_NONBLOCK : Linux.O_NONBLOCK;
    public static final int O_DIRECTORY = IS_FREEBSD ? FreeBsd.O_DIRECTORY : Linux.O_DIRECTORY;
    public static final int O_NOFOLLOW = IS_FREEBSD ? FreeBsd.O_NOFOLLOW : Linux.O_NOFOLLOW;
    public static final int O_CLOEXEC = IS_FREEBSD ? FreeBsd.O_CLOEXEC : Linux.O_CLOEXEC;
    public static final int O_PATH = IS_FREEBSD ? FreeBsd.O_PATH : Linux.O_PATH;

    public static final int SIGUSR1 = IS_FREEBSD ? FreeBsd.SIGUSR1 : Linux.SIGUSR1;
    public static final int SIGUSR2 = IS_FREEBSD ? FreeBsd.SIGUSR2 : Linux.SIGUSR2;
    public static final int SIGCHLD = IS_FREEBSD ? FreeBsd.SIGCHLD : Linux.SIGCHLD;
    public static final int SIGCONT = IS_FREEBSD ? FreeBsd.SIGCONT : Linux.SIGCONT;
    public static final int SIGSTOP = IS_FREEBSD ? FreeBsd.SIGSTOP : Linux.SIGSTOP;
    public static final int SIGTSTP = IS_FREEBSD ? FreeBsd.SIGTSTP : Linux.SIGTSTP;

    public static final int AF_INET6 = IS_FREEBSD ? FreeBsd.AF_INET6 : Linux.AF_INET6;

    static final int SOCK_NONBLOCK = IS_FREEBSD ? FreeBsd.SOCK_NONBLOCK : Linux.SOCK_NONBLOCK;
    static final int SOCK_CLOEXEC = IS_FREEBSD ? FreeBsd.SOCK_CLOEXEC : Linux.SOCK_CLOEXEC;
    static final int SOL_SOCKET = IS_FREEBSD ? FreeBsd.SOL_SOCKET : Linux.SOL_SOCKET;
    static final int SO_TYPE = IS_FREEBSD ? FreeBsd.SO_TYPE : Linux.SO_TYPE;
    static final int SO_ACCEPTCONN = IS_FREEBSD ? FreeBsd.SO_ACCEPTCONN : Linux.SO_ACCEPTCONN;
    static final int SO_OOBINLINE = IS_FREEBSD ? FreeBsd.SO_OOBINLINE : Linux.SO_OOBINLINE;
    static final int SO_DOMAIN = IS_FREEBSD ? FreeBsd.SO_DOMAIN : Linux.SO_DOMAIN;

    static final int MSG_PEEK = 2;
    static final int MSG_CTRUNC = IS_FREEBSD ? FreeBsd.MSG_CTRUNC : Linux.MSG_CTRUNC;
    static final int MSG_NOSIGNAL = IS_FREEBSD ? FreeBsd.MSG_NOSIGNAL : Linux.MSG_NOSIGNAL;
    static final int MSG_CMSG_CLOEXEC = IS_FREEBSD ? FreeBsd.MSG_CMSG_CLOEXEC : Linux.MSG_CMSG_CLOEXEC;

    static final int F_DUPFD_CLOEXEC = IS_FREEBSD ? FreeBsd.F_DUPFD_CLOEXEC : Linux.F_DUPFD_CLOEXEC;
    static final int F_ADD_SEALS = IS_FREEBSD ? FreeBsd.F_ADD_SEALS : Linux.F_ADD_SEALS;

    static final int AT_REMOVEDIR = IS_FREEBSD ? FreeBsd.AT_REMOVEDIR : Linux.AT_REMOVEDIR;
    static final int AT_SYMLINK_NOFOLLOW = IS_FREEBSD ? FreeBsd.AT_SYMLINK_NOFOLLOW : Linux.AT_SYMLINK_NOFOLLOW;

    static final int POSIX_SPAWN_SETSIGDEF = IS_FREEBSD ? FreeBsd.POSIX_SPAWN_SETSIGDEF : Linux.POSIX_SPAWN_SETSIGDEF;
    static final int POSIX_SPAWN_SETSIGMASK =
            IS_FREEBSD ? FreeBsd.POSIX_SPAWN_SETSIGMASK : Linux.POSIX_SPAWN_SETSIGMASK;

    /** Resources that have a limit, numbered from 0. */
    public static final int RLIMITS = IS_FREEBSD ? FreeBsd.RLIMITS : Linux.RLIMITS;

    private Kernel() {}
}
