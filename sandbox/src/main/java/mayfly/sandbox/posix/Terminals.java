package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;

/** Terminals: their modes and window sizes in the kernel's own layout. */
public final class Terminals {
    /** The kernel's {@code struct termios}. */
    public static final int MODES_BYTES = 36;

    /** The kernel's {@code struct winsize}. */
    public static final int WINDOW_BYTES = 8;

    private Terminals() {}

    public static boolean isTerminal(int fd) {
        return LIBC.isatty(fd) == 1;
    }

    public static byte[] modes(int fd) throws PosixException {
        byte[] modes = new byte[MODES_BYTES];
        check(LIBC.ioctl(fd, Linux.TCGETS, modes), "ioctl(TCGETS)");
        return modes;
    }

    /** Changes the modes after what was written has been shown. */
    public static void setModes(int fd, byte[] modes) throws PosixException {
        check(LIBC.ioctl(fd, Linux.TCSETSW, modes.clone()), "ioctl(TCSETSW)");
    }

    public static byte[] window(int fd) throws PosixException {
        byte[] window = new byte[WINDOW_BYTES];
        check(LIBC.ioctl(fd, Linux.TIOCGWINSZ, window), "ioctl(TIOCGWINSZ)");
        return window;
    }

    public static void setWindow(int fd, byte[] window) throws PosixException {
        check(LIBC.ioctl(fd, Linux.TIOCSWINSZ, window.clone()), "ioctl(TIOCSWINSZ)");
    }

    /** The process group in the terminal's foreground. */
    public static int foregroundGroup(int fd) throws PosixException {
        return check(LIBC.tcgetpgrp(fd), "tcgetpgrp");
    }
}
