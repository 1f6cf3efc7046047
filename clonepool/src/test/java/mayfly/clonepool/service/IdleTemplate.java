package mayfly.clonepool.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import mayfly.clonepool.config.Members;
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
import mayfly.sandbox.Bytes;
import mayfly.sandbox.root.RootPlan;

/** A template whose pool does nothing in the background. */
final class IdleTemplate {
    private IdleTemplate() {}

    /**
     * An overlay template.
     *
     * @param root the directory that holds its root
     * @param directory the service's, for runtime and data
     */
    static Template of(
            String name, Path root, Access access, Set<Long> maintainers, Path directory, DirectoryLocks locks)
            throws Exception {
        TemplateConfiguration configuration = new TemplateConfiguration(
                name,
                Store.OVERLAY,
                new Place(Optional.of(root.toString()), Optional.empty(), Optional.empty()),
                Stock.defaults(),
                Upper.MEMORY,
                "50%",
                access);
        Stores stores = new Stores(
                new Stores.Surroundings(
                        true,
                        directory,
                        directory.resolve("data"),
                        Bytes.utf8("/no/mayfly-zfs"),
                        Bytes.utf8("/no/mayfly-enter"),
                        places -> new RootPlan(List.of()),
                        Transition.Listener.none()),
                locks);
        Pool pool = new Pool(
                name,
                stores.open(configuration),
                new Pool.Size(0, 0, 0),
                new CloneBudget(() -> 1),
                new Idle(),
                new Nobody());
        pool.begin(List.of());
        return new Template(configuration, pool, new Members(Set.of(), Set.of()), new Members(maintainers, Set.of()));
    }

    private static final class Idle implements Pool.Background {
        @Override
        public void make(Runnable work) {}

        @Override
        public void look(Runnable work) {}

        @Override
        public void lookLater(Duration delay, Runnable work) {}
    }

    private static final class Nobody implements Pool.Keeper {
        @Override
        public void discard(Clone clone) {}

        @Override
        public void newer() {}

        @Override
        public void renew() {}

        @Override
        public void hold() {}

        @Override
        public void release() {}
    }
}
