package mayfly.integration.security;

import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same with the backend chroot. */
@OnBackend("chroot")
@InWorkshop(as = Identity.ROOT, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class ChrootTemplateLibrariesTest extends TemplateLibrariesTest {
    ChrootTemplateLibrariesTest(Workshop workshop) {
        super(workshop.using("chroot"));
    }
}
