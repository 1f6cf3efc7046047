package mayfly.integration.ids;

import mayfly.integration.security.OnBackend;
import mayfly.integration.workshop.Ground;
import mayfly.integration.workshop.OnStores;

/** The same with the backend native. */
@OnBackend("native")
@OnStores
class NativeRangesTest extends RangesTest {
    NativeRangesTest(Ground ground) {
        super(ground);
        ground.workshop().using("native");
    }
}
