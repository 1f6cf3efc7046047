package mayfly.integration.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mayfly.integration.security.Against;
import mayfly.integration.security.Attack;
import mayfly.integration.workshop.Account;
import mayfly.integration.workshop.Identity;
import mayfly.integration.workshop.InWorkshop;
import mayfly.integration.workshop.Json;
import mayfly.integration.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A session belongs to the user who started it; root may see it and end it. */
@InWorkshop(as = Identity.MEMBER)
class OwnersTest {
    private final Workshop workshop;
    private final Sessions sessions;

    OwnersTest(Workshop workshop) {
        this.workshop = workshop;
        sessions = new Sessions(workshop);
    }

    @AfterEach
    void end() {
        sessions.close();
    }

    @Test
    @Against(Attack.STRANGER)
    void nobody_else_may_use_a_session() {
        sessions.start("one");
        Account root = workshop.serviceAccount();
        String mayfly = workshop.host().mayfly().toString();

        workshop.callAs(root, List.of(mayfly, "session", "exec", "one", "--", "true"))
                .run()
                .exits(125);
        Json all = Json.object(workshop.callAs(root, List.of(mayfly, "session", "list", "--json"))
                .run()
                .succeeds());
        assertEquals(
                workshop.account().uid(), (int) all.objects("sessions").get(0).number("uid"));
        workshop.callAs(root, List.of(mayfly, "session", "start", "roots"))
                .run()
                .succeeds();
        assertEquals(
                List.of("one"),
                sessions.list().stream().map(session -> session.text("name")).toList());
        workshop.subcommand("session", "end", "roots", "--user", "root").run().exits(125);
        workshop.callAs(root, List.of(mayfly, "session", "end", "roots")).run().succeeds();
        workshop.callAs(
                        root,
                        List.of(
                                mayfly,
                                "session",
                                "end",
                                "one",
                                "--user",
                                workshop.account().name()))
                .run()
                .succeeds();
    }
}
