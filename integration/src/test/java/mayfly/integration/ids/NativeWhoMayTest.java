package mayfly.integration.ids;

import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend native. */
@InWorkshop(as = {Identity.ROOT, Identity.MEMBER})
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class NativeWhoMayTest extends WhoMayTest {
    private final Workshop workshop;

    NativeWhoMayTest(Workshop workshop) {
        super(workshop.using("native"));
        this.workshop = workshop;
    }

    /** A directory of a user's own is not for root's service to work in. */
    @Test
    @Override
    void as_root_in_a_directory_itself_his_files_stay_his() {
        if (workshop.identity().isRoot()) {
            super.as_root_in_a_directory_itself_his_files_stay_his();
        } else {
            workshop.mayfly("-t", workshop.work().toString(), "--as-root", "true")
                    .run()
                    .fails(125, "cannot use --root with backend native: .*", "use --backend bwrap");
        }
    }
}
