package mayfly.integration.isolation;

import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend native. */
@InWorkshop(as = Identity.ROOT, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class NativeRootsOwnTest extends RootsOwnTest {
    NativeRootsOwnTest(Workshop workshop) {
        super(workshop.using("native"));
    }
}
