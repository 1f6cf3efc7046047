package mayfly.clonepool.service;

import java.util.List;
import mayfly.clonepool.config.Members;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.Pool;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Accounts;

/**
 * A configured template with its pool.
 *
 * @param users those whom the configuration names; if it names any, only they may use it
 * @param maintainers those who may change it
 */
record Template(TemplateConfiguration configuration, Pool pool, Members users, Members maintainers) {

    String name() {
        return configuration.name();
    }

    /** Whether the user may change it and its pool; the service's own user may, whoever that is. */
    boolean mayBeChangedBy(Caller user) {
        return user.isRoot() || user.uid() == Accounts.effectiveUid() || maintainers.contains(user);
    }

    /** @param verb what is to be done to the template, as in {@code cannot refill template} */
    void checkChange(String verb, Caller user) throws RefusedException {
        if (!mayBeChangedBy(user)) {
            long own = Accounts.effectiveUid();
            List<String> names = configuration.access().maintainers();
            throw new RefusedException(
                    "cannot " + verb + " template " + name() + ": user " + user.uid() + " may not",
                    "root may" + (own == 0 ? "" : ", and user " + own)
                            + (names.isEmpty()
                                    ? "; maintainers in mayfly.toml names who else may"
                                    : ", and its maintainers: " + String.join(", ", names)));
        }
    }

    boolean mayBeUsedBy(Caller caller) {
        return configuration.access().users().isEmpty() || caller.isRoot() || users.contains(caller);
    }
}
