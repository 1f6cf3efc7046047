package mayfly.clonepool.service;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The templates of a service. Immutable. */
final class Templates {
    private final SortedMap<String, Template> byName = new TreeMap<>();

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

    Set<String> names() {
        return byName.keySet();
    }

    /** In order of their names. */
    Collection<Template> all() {
        return byName.values();
    }
}
