package mayfly.sandbox.posix;

import static mayfly.sandbox.posix.Native.LIBC;
import static mayfly.sandbox.posix.Native.check;
import static mayfly.sandbox.posix.Native.interrupted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Terminals: their modes and window sizes in the kernel's own layout. */
public final class Terminals {
    /** The kernel's {@code struct termios}. */
    public static final int MODES_BYTES = Kernel.IS_FREEBSD ? 44 : 36;

    /** The kernel's {@code struct winsize}. */
    public static final int WINDOW_BYTES = 8;

    private static final long GET_MODES = Kernel.IS_FREEBSD ? FreeBsd.TIOCGETA : Linux.TCGETS;
    private static final long SET_MODES = Kernel.IS_FREEBSD ? FreeBsd.TIOCSETAW : Linux.TCSETSW;
    private static final long GET_WINDOW = Kernel.IS_FREEBSD ? FreeBsd.TIOCGWINSZ : Linux.TIOCGWINSZ;
    private static final long SET_WINDOW = Kernel.IS_FREEBSD ? FreeBsd.TIOCSWINSZ : Linux.TIOCSWINSZ;

    // struct termios of Linux: four flag words, the line discipline, the control characters
    private static final int INPUT = 0;
    private static final int OUTPUT = 4;
    private static final int CONTROL = 8;
    private static final int LOCAL = 12;
    private static final int CHARACTERS = 17;
    private static final int VTIME = 5;
    private static final int VMIN = 6;

    private Terminals() {}

    public static boolean isTerminal(int fd) {
        return LIBC.isatty(fd) == 1;
    }

    public static byte[] modes(int fd) throws PosixException {
        byte[] modes = new byte[MODES_BYTES];
        check(LIBC.ioctl(fd, GET_MODES, modes), "ioctl");
        return modes;
    }

    /** Changes the modes after what was written has been shown. */
    public static void setModes(int fd, byte[] modes) throws PosixException {
        int result;
        do {
            result = LIBC.ioctl(fd, SET_MODES, modes.clone());
        } while (interrupted(result));
        check(result, "ioctl");
    }

    /** The modes with which every byte passes unchanged and at once, as cfmakeraw(3) makes them. */
    public static byte[] rawModes(byte[] modes) {
        if (Kernel.IS_FREEBSD) { // there they are what the C library has
            byte[] raw = modes.clone();
            LIBC.cfmakeraw(raw);
            return raw;
        }
        ByteBuffer raw = ByteBuffer.wrap(modes.clone()).order(ByteOrder.nativeOrder());
        raw.putInt(INPUT, raw.getInt(INPUT) & ~02753); // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
        raw.putInt(OUTPUT, raw.getInt(OUTPUT) & ~01); // OPOST
        raw.putInt(CONTROL, (raw.getInt(CONTROL) & ~0460) | 060); // CSIZE PARENB; CS8
        raw.putInt(LOCAL, raw.getInt(LOCAL) & ~0100113); // ISIG ICANON ECHO ECHONL IEXTEN
        raw.put(CHARACTERS + VMIN, (byte) 1).put(CHARACTERS + VTIME, (byte) 0);
        return raw.array();
    }

    public static byte[] window(int fd) throws PosixException {
        byte[] window = new byte[WINDOW_BYTES];
        check(LIBC.ioctl(fd, GET_WINDOW, window), "ioctl");
        return window;
    }

    public static void setWindow(int fd, byte[] window) throws PosixException {
        check(LIBC.ioctl(fd, SET_WINDOW, window.clone()), "ioctl");
    }

    /** Waits until this process is in the terminal's foreground: in its background, SIGTTOU stops it here. */
    public static void awaitForeground(int fd) throws PosixException {
        int result;
        do {
            result = LIBC.tcdrain(fd);
        } while (interrupted(result));
        check(result, "tcdrain");
    }

    /** The process group in the terminal's foreground. */
    public static int foregroundGroup(int fd) throws PosixException {
        return check(LIBC.tcgetpgrp(fd), "tcgetpgrp");
    }
}
