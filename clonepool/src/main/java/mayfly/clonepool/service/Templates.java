package mayfly.clonepool.service;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import mayfly.clonepool.config.Nearest;
import mayfly.sandbox.RefusedException;

/** The templates of a service, and which of them nobody gets clones of just now. Thread-safe. */
final class Templates {
    private final SortedMap<String, Template> byName = new TreeMap<>();
    private final Map<String, String> closed = new ConcurrentHashMap<>();

    Templates(Collection<Template> templates) {
        templates.forEach(template -> byName.put(template.name(), template));
    }

    /** By the name in the configuration, or by its dataset. */
    Optional<Template> find(String word) {
        Template template = byName.get(word);
        if (template != null || word.indexOf('/') < 0) {
            return Optional.ofNullable(template);
        }
        return byName.values().stream()
                .filter(candidate -> candidate
                        .configuration()
                        .place()
                        .dataset()
                        .filter(word::equals)
                        .isPresent())
                .findFirst();
    }

    /** The same; who named one that is not there is told so, and which one he may have meant. */
    Template named(String word) throws RefusedException {
        return find(word).orElseThrow(() -> {
            String near = Nearest.to(word, byName.keySet())
                    .map(nearest -> " (did you mean " + nearest + "?)")
                    .orElse("");
            return new RefusedException(
                    "cannot use template " + word + ": there is no such template" + near,
                    "mayfly template list shows the templates");
        });
    }

    /** In order of their names. */
    Collection<Template> all() {
        return byName.values();
    }

    /** Nobody gets a clone of it from now on. */
    void close(Template template, String why) {
        closed.put(template.name(), why);
    }

    void reopen(Template template) {
        closed.remove(template.name());
    }

    boolean isClosed(String name) {
        return closed.containsKey(name);
    }

    /** @throws RefusedException while nobody gets a clone of it */
    void checkOpen(Template template) throws RefusedException {
        String why = closed.get(template.name());
        if (why != null) {
            throw new RefusedException("cannot use template " + template.name() + ": " + why, "try again in a moment");
        }
    }
}
