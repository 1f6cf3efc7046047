package mayfly.sandbox.options;

/** How a command may use the caller's X11 display. */
public enum X11 {
    /** As an untrusted client: the server's SECURITY extension keeps it from the other clients. */
    UNTRUSTED,
    /** As any client of the caller's: it can read and control all others. */
    TRUSTED
}
