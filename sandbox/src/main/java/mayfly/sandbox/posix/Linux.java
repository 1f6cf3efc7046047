package mayfly.sandbox.posix;

/**
 * Numbers of the Linux kernel's interface (include/uapi), the same on x86_64 and aarch64 except where {@link #ARM}
 * decides, as far as they are not FreeBSD's too.
 */
final class Linux {
    static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

    static final int EAGAIN = 11;
    static final int ENAMETOOLONG = 36;
    static final int ENOTEMPTY = 39;
    static final int EMSGSIZE = 90;
    static final int ENOBUFS = 105;
    static final int ENOTSOCK = 88;
    static final int EOPNOTSUPP = 95;
    static final int ECONNABORTED = 103;
    static final int ECONNRESET = 104;
    static final int ECONNREFUSED = 111;

    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_NOCTTY = 0x100;
    static final int O_TRUNC = 0x200;
    static final int O_APPEND = 0x400;
    static final int O_NONBLOCK = 0x800;
    static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
    static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
    static final int O_CLOEXEC = 0x80000;
    static final int O_PATH = 0x200000;

    static final int EPOLLIN = 0x1;
    static final int EPOLLPRI = 0x2;
    static final int EPOLLOUT = 0x4;
    static final int EPOLLERR = 0x8;
    static final int EPOLLHUP = 0x10;
    static final int EPOLLRDHUP = 0x2000;

    static final int SIGUSR1 = 10;
    static final int SIGUSR2 = 12;
    static final int SIGCHLD = 17;
    static final int SIGCONT = 18;
    static final int SIGSTOP = 19;
    static final int SIGTSTP = 20;

    /** Resources that have a limit, numbered from 0. */
    static final int RLIMITS = 16;

    static final int AF_INET6 = 10;
    static final int SOCK_NONBLOCK = O_NONBLOCK;
    static final int SOCK_CLOEXEC = O_CLOEXEC;
    static final int SOL_SOCKET = 1;
    static final int SO_TYPE = 3;
    static final int SO_OOBINLINE = 10;
    static final int SO_PEERCRED = 17;
    static final int SO_ACCEPTCONN = 30;
    static final int SO_DOMAIN = 39;
    static final int SO_PEERGROUPS = 59;

    /** Since 6.5. */
    static final int SO_PEERPIDFD = 77;

    static final int ENOPROTOOPT = 92;
    static final int MSG_CTRUNC = 0x8;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;

    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_DEL = 2;
    static final int EPOLL_CTL_MOD = 3;
    /** x86_64 alone packs {@code struct epoll_event}. */
    static final int EPOLL_EVENT_SIZE = ARM ? 16 : 12;

    static final int EPOLL_DATA_OFFSET = ARM ? 8 : 4;

    static final int F_DUPFD_CLOEXEC = 1030;
    static final int F_ADD_SEALS = 1033;
    static final int MFD_EXEC = 0x10;

    static final int IN_CLOEXEC = O_CLOEXEC;
    static final int IN_NONBLOCK = O_NONBLOCK;
    static final int IN_ATTRIB = 0x4;
    static final int IN_MOVED_FROM = 0x40;
    static final int IN_MOVED_TO = 0x80;
    static final int IN_CREATE = 0x100;
    static final int IN_DELETE = 0x200;
    static final int IN_ONLYDIR = 0x1000000;

    static final int AT_REMOVEDIR = 0x200;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_EMPTY_PATH = 0x1000;
    static final int RENAME_EXCHANGE = 2;
    static final int SYS_OPENAT2 = 437;
    static final int RESOLVE_NO_XDEV = 0x1;
    static final int RESOLVE_NO_MAGICLINKS = 0x2;
    static final int RESOLVE_NO_SYMLINKS = 0x4;
    static final int RESOLVE_BENEATH = 0x8;

    static final int SYS_PIDFD_SEND_SIGNAL = 424;
    static final int SYS_PIDFD_OPEN = 434;
    static final int SYS_LANDLOCK_CREATE_RULESET = 444;
    static final int LANDLOCK_CREATE_RULESET_VERSION = 1;
    static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    static final int POSIX_SPAWN_SETSID = 0x80;

    static final long FS_IOC_GETFLAGS = 0x8008_6601L;
    static final long FS_IOC_SETFLAGS = 0x4008_6602L;
    static final int FS_APPEND_OR_IMMUTABLE = 0x30;
    static final long FICLONE = 0x4004_9409L;
    static final long BTRFS_IOC_SUBVOL_CREATE = 0x5000_940eL;
    static final long BTRFS_IOC_SNAP_DESTROY = 0x5000_940fL;
    static final long BTRFS_IOC_SNAP_CREATE_V2 = 0x5000_9417L;
    static final long BTRFS_IOC_SUBVOL_GETFLAGS = 0x8008_9419L;
    static final long BTRFS_IOC_SUBVOL_SETFLAGS = 0x4008_941aL;
    static final long BTRFS_SUBVOL_RDONLY = 2;
    static final long BTRFS_SUPER_MAGIC = 0x9123_683eL;
    /** The inode number of each subvolume's root (BTRFS_FIRST_FREE_OBJECTID). */
    static final long BTRFS_SUBVOLUME_INODE = 256;

    static final int TCGETS = 0x5401;
    static final int TCSETSW = 0x5403;
    static final int TIOCGWINSZ = 0x5413;
    static final int TIOCSWINSZ = 0x5414;

    private Linux() {}
}
