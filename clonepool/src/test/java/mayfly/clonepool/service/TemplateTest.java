package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TemplateTest {
    private final DirectoryLocks locks = new DirectoryLocks();

    @AfterEach
    void close() {
        locks.close();
    }

    private static final long OTHER = 4_000_001;
    private static final long MAINTAINER = 4_000_002;

    @TempDir
    private Path directory = Path.of("/");

    private static Caller caller(long uid) {
        return new Caller(uid, uid, List.of());
    }

    private Template template(Access access) throws Exception {
        Set<Long> maintainers = access.maintainers().isEmpty() ? Set.of() : Set.of(MAINTAINER);
        return IdleTemplate.of("deb", Path.of("/srv/deb"), access, maintainers, directory, locks);
    }

    @Test
    void who_may_not_change_it_is_told_who_may() throws Exception {
        String own = Accounts.effectiveUid() == 0 ? "" : ", and user " + Accounts.effectiveUid();
        RefusedException e = assertThrows(
                RefusedException.class, () -> template(Access.everybody()).checkChange("refill", caller(OTHER)));
        assertEquals("cannot refill template deb: user 4000001 may not", e.getMessage());
        assertEquals(Optional.of("root may" + own + "; maintainers in mayfly.toml names who else may"), e.remedy());
        e = assertThrows(RefusedException.class, () -> template(new Access(List.of(), List.of("ann", "bob")))
                .checkChange("roll back", caller(OTHER)));
        assertEquals(Optional.of("root may" + own + ", and its maintainers: ann, bob"), e.remedy());
    }

    @Test
    void root_the_service_s_user_and_maintainers_may_change_it() throws Exception {
        Template template = template(new Access(List.of(), List.of("ann")));
        for (long uid : List.of(0L, Accounts.effectiveUid(), MAINTAINER)) {
            template.checkChange("refill", caller(uid));
        }
    }

    @Test
    void who_was_let_in_before_a_template_was_closed_is_counted_until_he_leaves() throws Exception {
        Template template = template(Access.everybody());
        Templates templates = new Templates(List.of(template));
        templates.enter(template);
        templates.enter(template);
        templates.close(template, "it is being destroyed");
        assertThrows(RefusedException.class, () -> templates.enter(template));
        templates.leave(template);
        assertEquals(1, templates.inside(template));
        templates.leave(template);
        assertEquals(0, templates.inside(template));
    }

    @Test
    void nobody_gets_a_clone_of_a_template_that_is_closed() throws Exception {
        Template template = template(Access.everybody());
        Templates templates = new Templates(List.of(template));
        templates.close(template, "it is being rolled back");
        RefusedException e = assertThrows(RefusedException.class, () -> templates.checkOpen(template));
        assertEquals("cannot use template deb: it is being rolled back", e.getMessage());
        templates.reopen(template);
        templates.checkOpen(template);
        assertTrue(template.mayBeUsedBy(new Caller(OTHER, OTHER, List.of())));
    }
}
