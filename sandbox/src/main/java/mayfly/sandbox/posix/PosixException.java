package mayfly.sandbox.posix;

import java.io.IOException;

/** A call that the operating system refused. */
public final class PosixException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String function;
    private final String reason;

    PosixException(int errno, String function, String reason) {
        super(function + ": " + reason);
        this.errno = errno;
        this.function = function;
        this.reason = reason;
    }

    /** The error of this number, for checks beside the kernel's own. */
    public static PosixException of(int errno, String function) {
        return Native.failure(errno, function);
    }

    /** The error's number, one of {@link Kernel}'s {@code E…}. */
    public int errno() {
        return errno;
    }

    /** The name of the call that failed. */
    public String function() {
        return function;
    }

    /** The error's text in English, such as {@code Permission denied}, without the call's name. */
    public String reason() {
        return reason;
    }
}
