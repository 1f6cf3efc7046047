package mayfly.integration.backends;

import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;

/** A user's own service builds with bubblewrap alone. */
@InWorkshop(as = Identity.USER)
class OwnServiceTest {
    private static final String REMEDY = "leave out --backend, or have root run mayfly serve";

    private final Workshop workshop;

    OwnServiceTest(Workshop workshop) {
        this.workshop = workshop;
    }

    @Test
    void what_needs_root_is_refused() {
        workshop.mayfly("-e", "lxc", "true")
                .run()
                .fails(125, "cannot use backend lxc: it needs root's service", REMEDY);
        workshop.mayfly("-e", "native", "true")
                .run()
                .fails(125, "cannot use backend native: it needs root's service", REMEDY);
        workshop.mayfly("-e", "chroot", "true")
                .run()
                .fails(125, "cannot use backend chroot: it needs root's service", REMEDY);
    }

    @Test
    void a_backend_that_there_is_not_is_refused() {
        workshop.mayfly("-e", "docker", "true")
                .run()
                .fails(
                        125,
                        "cannot use backend docker: there is no such backend",
                        "name one of bwrap, native, lxc, chroot");
    }
}
