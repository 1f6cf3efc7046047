package mayfly.clonepool.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.config.TemplateConfiguration.Place;
import mayfly.clonepool.config.TemplateConfiguration.Stock;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.clonepool.store.Stores;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.root.RootPlan;
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

    private Template template(Access access) throws Exception {
        TemplateConfiguration configuration = new TemplateConfiguration(
                "deb",
                Store.OVERLAY,
                new Place(Optional.of("/srv/deb"), Optional.empty(), Optional.empty()),
                Stock.defaults(),
                Upper.MEMORY,
                "50%",
                access);
        Stores stores = new Stores(
                new Stores.Surroundings(
                        true,
                        directory,
                        directory.resolve("data"),
                        places -> new RootPlan(List.of()),
                        Transition.Listener.none()),
                locks);
        Pool pool = new Pool(
                "deb",
                stores.open(configuration),
                new Pool.Size(0, 0, 0),
                new CloneBudget(1),
                new Pool.Background() {
                    @Override
                    public void make(Runnable work) {}

                    @Override
                    public void look(Runnable work) {}

                    @Override
                    public void lookLater(Duration delay, Runnable work) {}
                },
                new Pool.Keeper() {
                    @Override
                    public void discard(Clone clone) {}

                    @Override
                    public void newer() {}

                    @Override
                    public void renew() {}
                });
        Set<Long> maintainers = access.maintainers().isEmpty() ? Set.of() : Set.of(MAINTAINER);
        return new Template(configuration, pool, Set.of(), maintainers);
    }

    @Test
    void who_may_not_change_it_is_told_who_may() throws Exception {
        String own = Accounts.effectiveUid() == 0 ? "" : ", and user " + Accounts.effectiveUid();
        RefusedException e = assertThrows(
                RefusedException.class, () -> template(Access.everybody()).checkChange("refill", OTHER));
        assertEquals("cannot refill template deb: user 4000001 may not", e.getMessage());
        assertEquals(Optional.of("root may" + own + "; maintainers in mayfly.toml names who else may"), e.remedy());
        e = assertThrows(RefusedException.class, () -> template(new Access(List.of(), List.of("ann", "bob")))
                .checkChange("roll back", OTHER));
        assertEquals(Optional.of("root may" + own + ", and its maintainers: ann, bob"), e.remedy());
    }

    @Test
    void root_the_service_s_user_and_maintainers_may_change_it() throws Exception {
        Template template = template(new Access(List.of(), List.of("ann")));
        for (long uid : List.of(0L, Accounts.effectiveUid(), MAINTAINER)) {
            template.checkChange("refill", uid);
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
