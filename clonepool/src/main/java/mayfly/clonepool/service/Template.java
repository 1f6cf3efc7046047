package mayfly.clonepool.service;

import java.util.Set;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.Pool;
import mayfly.sandbox.Caller;

/**
 * A configured template with its pool.
 *
 * @param users the uids of those whom the configuration names; if it names any, only they may use it
 */
record Template(TemplateConfiguration configuration, Pool pool, Set<Long> users) {
    Template {
        users = Set.copyOf(users);
    }

    boolean mayBeUsedBy(Caller caller) {
        return configuration.users().isEmpty() || caller.isRoot() || users.contains(caller.uid());
    }
}
