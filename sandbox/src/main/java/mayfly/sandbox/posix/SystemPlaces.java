package mayfly.sandbox.posix;

/** The directories of root's service, and where the system log listens, where this system has such things. */
public final class SystemPlaces {
    /** The socket and what lives as long as the machine runs; {@code SYSTEM_PLACE} of native/system.h. */
    public static final String RUNTIME = Kernel.IS_FREEBSD ? "/var/run/mayfly" : "/run/mayfly";

    public static final String DATA = Kernel.IS_FREEBSD ? "/var/db/mayfly" : "/var/lib/mayfly";

    public static final String SYSTEM_LOG = Kernel.IS_FREEBSD ? "/var/run/log" : "/dev/log";

    private SystemPlaces() {}
}
