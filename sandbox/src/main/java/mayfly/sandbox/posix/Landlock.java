package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;

/** Linux's landlock(7), by which commands are kept from files and sockets outside. */
public final class Landlock {
    /** From this version on, of Linux 6.7, it is about TCP connections. */
    public static final int WITH_NETWORK = 4;

    /** From this version on, of Linux 6.12, it is about abstract sockets. */
    public static final int WITH_SCOPES = 6;

    private Landlock() {}

    /** Which version of it the kernel has; 0: none, or it is switched off. */
    public static int version() {
        int version =
                (int) LIBC.syscall(Linux.SYS_LANDLOCK_CREATE_RULESET, 0, 0, Linux.LANDLOCK_CREATE_RULESET_VERSION, 0);
        return Math.max(0, version);
    }
}
