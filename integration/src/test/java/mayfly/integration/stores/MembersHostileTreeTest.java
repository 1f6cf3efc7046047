package mayfly.integration.stores;

import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.OnStores;

/** The same of an ordinary user, as himself and as root of a range of his. */
@OnStores(as = Identity.MEMBER)
class MembersHostileTreeTest extends HostileTreeTest {
    MembersHostileTreeTest(Ground ground) {
        super(ground);
    }
}
