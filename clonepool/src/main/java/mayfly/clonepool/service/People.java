package mayfly.clonepool.service;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Members;
import mayfly.clonepool.config.PeoplePolicy;
import mayfly.clonepool.config.Permissions;
import mayfly.sandbox.Caller;

/**
 * Who those are whom the permissions of the configuration name. They are looked up when it is read: a claim cannot wait for the
 * user database. Thread-safe; exchanged by the event loop's thread alone.
 */
final class People implements Reloading.Part {
    private static final Members NOBODY = new Members(Set.of(), Set.of());

    private final Log log;
    private volatile Map<List<String>, Members> known;

    People(Configuration first, Log log) throws IOException {
        this.log = log;
        this.known = lookUp(first);
    }

    /** Whether the names, which the configuration in force has, are those of the user or of a group of his. */
    boolean isAmong(Caller user, List<String> names) {
        return known.getOrDefault(names, NOBODY).contains(user);
    }

    @Override
    public Reloading.Change prepare(Configuration before, Configuration next) throws IOException {
        Map<List<String>, Members> found = lookUp(next);
        return () -> known = found;
    }

    private Map<List<String>, Members> lookUp(Configuration configuration) throws IOException {
        Map<List<String>, Members> found = new HashMap<>();
        add(configuration.policy().permissions(), "policy", found);
        for (PeoplePolicy people : configuration.policy().people()) {
            add(people.who(), "policy " + people.name(), found);
        }
        for (var template : configuration.templatesByName()) {
            add(template.access().permissions(), "template " + template.name(), found);
        }
        return Map.copyOf(found);
    }

    private void add(Permissions permissions, String where, Map<List<String>, Members> found) throws IOException {
        for (List<String> names : permissions.offers().values()) {
            add(names, where, found);
        }
    }

    private void add(List<String> names, String where, Map<List<String>, Members> found) throws IOException {
        found.put(names, Members.of(names, unknown -> log.line(where + " names " + unknown + ", whom nobody knows")));
    }
}
