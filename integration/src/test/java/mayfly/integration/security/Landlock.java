package mayfly.integration.security;

import java.util.List;
import mayfly.integration.workshop.Workshop;

/** What the kernel has of landlock(7). */
public final class Landlock {
    public static final int WITH_REFER = 2;
    public static final int WITH_NETWORK = 4;
    public static final int WITH_SCOPES = 6;

    private Landlock() {}

    /** Its version, by landlock_create_ruleset(2); less than 1 where there is none. */
    public static int version(Workshop workshop) {
        return Integer.parseInt(workshop.call(List.of(
                        "python3",
                        "-c",
                        "import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))"))
                .run()
                .succeeds());
    }
}
