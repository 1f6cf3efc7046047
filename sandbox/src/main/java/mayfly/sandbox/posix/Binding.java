package mayfly.sandbox.posix;

/** How the C library's functions get into this process. */
public final class Binding {
    private Binding() {}

    /**
     * Has them bound by a thread of its own: that takes as long as all else that a process does before it needs one.
     * Whoever needs one first waits for it, and is told if it cannot be done.
     */
    public static void begin() {
        Thread thread = new Thread(Native::errno, "binds the C library");
        thread.setDaemon(true);
        thread.start();
    }
}
