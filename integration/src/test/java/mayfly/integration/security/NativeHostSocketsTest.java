package mayfly.integration.security;

import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend native. */
@OnBackend("native")
@InWorkshop(
        as = {Identity.ROOT, Identity.MEMBER},
        with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class NativeHostSocketsTest extends HostSocketsTest {
    NativeHostSocketsTest(Workshop workshop) {
        super(workshop.using("native"));
    }
}
