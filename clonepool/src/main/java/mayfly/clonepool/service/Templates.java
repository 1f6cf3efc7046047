package mayfly.clonepool.service;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import mayfly.clonepool.config.Nearest;
import mayfly.clonepool.store.Stores;
import mayfly.sandbox.Counts;
import mayfly.sandbox.RefusedException;

/** The templates of a service, and which of them nobody gets clones of just now. Thread-safe. */
final class Templates {
    private volatile SortedMap<String, Template> byName = new TreeMap<>();
    private final Map<String, String> closed = new HashMap<>();
    private final Counts<String> inside = new Counts<>();

    Templates(Collection<Template> templates) {
        exchange(templates);
    }

    /** These are the templates from now on; whoever has one of the others may go on with it. */
    final void exchange(Collection<Template> templates) {
        SortedMap<String, Template> next = new TreeMap<>();
        templates.forEach(template -> next.put(template.name(), template));
        byName = Collections.unmodifiableSortedMap(next);
    }

    /** By the name in the configuration, or by its dataset. */
    Optional<Template> find(String word) {
        SortedMap<String, Template> all = byName;
        Template template = all.get(word);
        if (template != null || word.indexOf('/') < 0) {
            return Optional.ofNullable(template);
        }
        return all.values().stream()
                .filter(candidate -> Stores.dataset(candidate.pool().store())
                        .filter(word::equals)
                        .isPresent())
                .findFirst();
    }

    /** The same; who named one that is not there is told so, and which one he may have meant. */
    Template named(String word) throws RefusedException {
        return find(word)
                .orElseThrow(() -> new RefusedException(
                        "cannot use template " + word + ": there is no such template"
                                + Nearest.hint(word, byName.keySet()),
                        "mayfly template list shows the templates"));
    }

    /** In order of their names. */
    Collection<Template> all() {
        return byName.values();
    }

    /** Nobody gets a clone of it from now on, but those who have entered. */
    synchronized void close(Template template, String why) {
        closed.put(template.name(), why);
    }

    synchronized void reopen(Template template) {
        closed.remove(template.name());
    }

    synchronized boolean isClosed(String name) {
        return closed.containsKey(name);
    }

    /** @throws RefusedException while nobody gets a clone of it */
    synchronized void checkOpen(Template template) throws RefusedException {
        String why = closed.get(template.name());
        if (why != null) {
            throw new RefusedException("cannot use template " + template.name() + ": " + why, "try again in a moment");
        }
    }

    /** Begins to get a clone of it. {@link #leave} has to follow, when the clone is marked as used or there will be none. */
    synchronized void enter(Template template) throws RefusedException {
        checkOpen(template);
        inside.add(template.name());
    }

    synchronized void leave(Template template) {
        inside.remove(template.name());
    }

    /** How many are getting clones of it, which its store may not know yet. */
    synchronized int inside(Template template) {
        return inside.of(template.name());
    }
}
