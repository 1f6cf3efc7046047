package mayfly.sandbox.posix;

/** How a process ended. */
public sealed interface ProcessEnd {
    /** It ended itself with a code from 0 to 255. */
    record Exited(int code) implements ProcessEnd {}

    /** A signal ended it. */
    record Killed(int signal) implements ProcessEnd {}

    /** Decodes what waitpid(2) tells. */
    static ProcessEnd of(int status) {
        int signal = status & 0x7F;
        return signal == 0 ? new Exited(status >> 8 & 0xFF) : new Killed(signal);
    }
}
