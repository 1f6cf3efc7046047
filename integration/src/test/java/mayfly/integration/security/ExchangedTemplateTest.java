package mayfly.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.BusyboxRoot;
import mayfly.integration.workshop.Client;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Outcome;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Who can exchange a template of root's service for a link is not shown what the link leads to. */
@InWorkshop(as = Identity.MEMBER, with = Client.C)
@EnabledIf("mayfly.integration.workshop.Host#isRoot")
class ExchangedTemplateTest {
    private static final List<String> STORES = List.of("overlay", "directory");

    private final Workshop workshop;
    private final String templates;
    private final Path way;
    private final Path hidden;

    ExchangedTemplateTest(Workshop workshop) {
        way = workshop.directory().resolve("way");
        hidden = workshop.directory().resolve("hidden");
        StringBuilder all = new StringBuilder();
        for (String store : STORES) {
            all.append(
                    String.format("[template.%1$s]\nstore = \"%1$s\"\nready = 0\npath = \"%2$s/%1$s\"\n", store, way));
        }
        templates = all.toString();
        this.workshop = workshop.configured(templates);
    }

    @Test
    @Against({Attack.SWAPPED_PATHS, Attack.HOSTILE_TEMPLATE})
    void a_template_that_its_user_replaces_by_a_link_shows_nothing_of_the_host() {
        BusyboxRoot.make(hidden.resolve("there"));
        Tool.output("sh", "-ec", "echo secret >$0/there/secret; chmod 700 $0", hidden.toString());
        for (String store : STORES) {
            BusyboxRoot.make(way.resolve(store));
        }
        show("overlay").exits(1);
        workshop.service().stop(); // a sandbox that is parked already is of the template as it was
        workshop.startAgain();
        Tool.output("chown", workshop.account().name(), way.toString());
        for (String store : STORES) {
            workshop.call(List.of("sh", "-ec", "mv $0 $0.old; ln -s $1 $0", way + "/" + store, hidden + "/there"))
                    .run()
                    .exits(0);
            show(store)
                    .fails(
                            125,
                            "cannot .*" + way + " belongs to another user, who could replace what is in it",
                            "let path = .* name a place that only root can change");
        }
    }

    @Test
    void a_service_that_finds_such_a_template_serves_the_others() {
        Path own = workshop.work().resolve("own");
        BusyboxRoot.make(own);
        workshop.service();
        workshop.reload("[template.own]\npath = \"" + own + "\"\n");
        workshop.mayfly("-z", "own", "/bin/sh", "-c", "true")
                .run()
                .fails(125, "cannot .* belongs to another user.*", "let path = .* can change");
        workshop.service().stop();
        workshop.startAgain();
        assertEquals("host", workshop.prints("echo", "host"));
        workshop.reload(templates);
    }

    private Outcome show(String template) {
        return workshop.mayfly("-z", template, "/bin/sh", "-c", "cat /secret").run();
    }
}
