package mayfly.integration.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Who besides root has the backend chroot, and where. */
@InWorkshop(as = Identity.MEMBER)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class MaintainersChrootTest {
    private static final String REFUSED =
            "cannot use backend chroot: only root may, and a template's maintainers in it";
    private static final String REMEDY = "leave out --backend";

    private final Workshop workshop;
    private final Path root;

    MaintainersChrootTest(Workshop workshop) {
        root = workshop.directory().resolve("t");
        this.workshop = workshop.configured(
                "[template.own]\nstore = \"directory\"\npath = \"" + root + "\"\nready = 0\nmaintainers = [\""
                        + workshop.account().name() + "\"]\n"
                        + "[template.other]\nstore = \"directory\"\npath = \""
                        + workshop.directory().resolve("other") + "\"\nready = 0\n");
    }

    @BeforeEach
    void makeTemplate() {
        BusyboxRoot.make(root);
        BusyboxRoot.make(workshop.directory().resolve("other"));
        Tool.output("chown", "-R", workshop.account().name(), root.toString());
        Tool.output("chmod", "755", workshop.directory().toString());
    }

    private Outcome chroot(String... words) {
        List<String> all = new ArrayList<>(List.of("-e", "chroot"));
        all.addAll(List.of(words));
        return workshop.mayfly(all.toArray(new String[0])).run();
    }

    @Test
    void a_maintainer_works_in_his_template_as_himself() {
        String uid = Integer.toString(workshop.account().uid());
        assertEquals(
                uid,
                chroot("-t", root.toString(), "/bin/sh", "-c", "touch /made; id -u")
                        .succeeds());
        assertEquals(uid, Tool.output("stat", "-c", "%u", root + "/made"));
        assertEquals(
                "0000000000000000",
                chroot("-t", root.toString(), "/bin/sh", "-c", "sed -n 's/^CapEff:\\s*//p' /proc/self/status")
                        .succeeds());
    }

    @Test
    void elsewhere_he_is_refused() {
        chroot("true").fails(125, REFUSED, REMEDY);
        chroot("-z", "other", "/bin/id").fails(125, REFUSED, REMEDY);
        chroot("-t", workshop.directory().resolve("other").toString(), "/bin/id")
                .fails(125, REFUSED, REMEDY);
        chroot("-t", "/", "id").fails(125, REFUSED, REMEDY);
        chroot("-t", root + "/../other", "/bin/id").fails(125, REFUSED, REMEDY);
    }
}
