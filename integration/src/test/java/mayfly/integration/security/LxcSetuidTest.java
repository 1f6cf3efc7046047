package mayfly.integration.security;

import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend lxc. */
@OnBackend("lxc")
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcSetuidTest extends SetuidTest {
    LxcSetuidTest(Workshop workshop) {
        super(workshop.using("lxc").with("LXC_CPU_QUOTA", "0"));
    }

    @Override
    boolean takesDirectoriesOfUsers() {
        return false;
    }
}
