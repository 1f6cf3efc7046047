package mayfly.integration.terminal;

import mayfly.integration.security.OnBackend;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend lxc. */
@OnBackend("lxc")
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class LxcTypingTest extends TypingTest {
    LxcTypingTest(Workshop workshop) {
        super(workshop.with("LXC_CPU_QUOTA", "0"));
    }

    @Override
    String options() {
        return "--backend lxc ";
    }
}
