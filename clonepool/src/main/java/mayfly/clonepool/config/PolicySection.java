package mayfly.clonepool.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.clonepool.config.Permissions.Source;
import mayfly.sandbox.backend.Backend;

/** Reads what users may do: of {@code [policy]}, of its tables for some of them, and of a template's table. */
final class PolicySection {
    /** What says it in either table. */
    static final List<String> KEYS = List.of("backends", "share-net", "binds", "leases", "x11", "sound", "hooks");

    private static final String ROOT_DIRS = "root-dirs";
    private static final String TEMPLATES = "templates";
    private static final String WHO = "who";
    private static final List<String> AS_THE_TEMPLATE = List.of("as-root", "unfiltered");

    /** What a table for some users can say. */
    private static final List<String> PEOPLES_KEYS = Stream.of(
                    KEYS.stream(), Stream.of(WHO, TEMPLATES, ROOT_DIRS, "bridges", "tun"), AS_THE_TEMPLATE.stream())
            .flatMap(keys -> keys)
            .toList();

    private static final String READ_ONLY = ":ro";
    private static final int MANY = 1_000_000;

    private PolicySection() {}

    /** @param known the templates' names */
    static Policy policy(Section section, Set<String> known) {
        List<String> keys = Stream.concat(KEYS.stream(), Stream.of(ROOT_DIRS)).toList();
        List<String> tables =
                section.tables().stream().filter(table -> !keys.contains(table)).toList();
        section.allow(Stream.concat(keys.stream(), tables.stream()).toList());
        return new Policy(
                permissions(section),
                rootDirs(section),
                tables.stream().map(table -> people(section, table, known)).toList());
    }

    private static PeoplePolicy people(Section policy, String name, Set<String> known) {
        Section section = policy.section(name);
        section.allow(PEOPLES_KEYS);
        List<String> who = names(section, WHO);
        if (who.isEmpty()) {
            policy.problem(
                    name, section.label(WHO) + " is missing: the users, and groups with % before them, it is for");
        }
        for (String template : section.texts(TEMPLATES)) {
            section.checkTemplate(TEMPLATES, template, known);
        }
        if (section.has(TEMPLATES)) {
            section.reject(ROOT_DIRS, "has no meaning with templates: it is for runs without any");
        } else {
            AS_THE_TEMPLATE.forEach(key -> section.reject(key, "has a meaning with templates only"));
        }
        if (section.has(TEMPLATES) && section.texts(TEMPLATES).isEmpty()) {
            section.problem(TEMPLATES, section.label(TEMPLATES) + " must name a template; left out, it is for all");
        }
        return new PeoplePolicy(
                name,
                who,
                section.texts(TEMPLATES),
                permissions(section, offersTo(who, section)),
                rootDirs(section),
                new PeoplePolicy.Grants(
                        flag(section, "as-root"),
                        flag(section, "unfiltered"),
                        section.has("bridges") ? Optional.of(Set.copyOf(section.texts("bridges"))) : Optional.empty(),
                        flag(section, "tun")));
    }

    static Permissions permissions(Section section) {
        return permissions(section, offers(section));
    }

    private static Permissions permissions(Section section, Map<Offer, List<String>> offers) {
        return new Permissions(
                backends(section),
                flag(section, "share-net"),
                binds(section),
                section.has("leases") ? OptionalInt.of(section.number("leases", 1, 1, MANY)) : OptionalInt.empty(),
                offers);
    }

    private static Optional<Boolean> flag(Section section, String key) {
        return section.has(key) ? Optional.of(section.flag(key)) : Optional.empty();
    }

    /** Of a table that is for these people. */
    private static Map<Offer, List<String>> offersTo(List<String> who, Section section) {
        Map<Offer, List<String>> offers = new EnumMap<>(Offer.class);
        for (Offer offer : Offer.values()) {
            flag(section, offer.key()).ifPresent(may -> offers.put(offer, may ? who : List.of()));
        }
        return offers;
    }

    private static Map<Offer, List<String>> offers(Section section) {
        Map<Offer, List<String>> offers = new EnumMap<>(Offer.class);
        for (Offer offer : Offer.values()) {
            if (section.has(offer.key())) {
                offers.put(offer, names(section, offer.key()));
            }
        }
        return offers;
    }

    /** Users, and with a {@code %} before them groups. */
    static List<String> names(Section section, String key) {
        List<String> names = section.texts(key);
        for (String name : names) {
            if (name.isEmpty() || name.equals("%") || name.startsWith("@")) {
                section.problem(
                        key,
                        section.label(key) + " must be a list of users, and of groups with % before them: " + name);
            }
        }
        return names;
    }

    private static Optional<List<String>> backends(Section section) {
        if (!section.has("backends")) {
            return Optional.empty();
        }
        List<String> names = section.texts("backends");
        for (String name : names) {
            if (!Backend.names().contains(name)) {
                section.problem("backends", section.label("backends") + ": " + noBackend(name));
            }
        }
        return Optional.of(names);
    }

    static String noBackend(String name) {
        return "there is no backend " + name + Nearest.hint(name, Backend.names());
    }

    private static Optional<List<Source>> binds(Section section) {
        if (!section.has("binds")) {
            return Optional.empty();
        }
        List<Source> sources = new ArrayList<>();
        for (String word : section.texts("binds")) {
            boolean readOnly = word.endsWith(READ_ONLY);
            String path = readOnly ? word.substring(0, word.length() - READ_ONLY.length()) : word;
            place(section, "binds", path).ifPresent(plain -> sources.add(new Source(plain, readOnly)));
        }
        return Optional.of(sources);
    }

    private static Optional<List<String>> rootDirs(Section section) {
        if (!section.has(ROOT_DIRS)) {
            return Optional.empty();
        }
        List<String> places = new ArrayList<>();
        section.texts(ROOT_DIRS).forEach(word -> place(section, ROOT_DIRS, word).ifPresent(places::add));
        return Optional.of(places);
    }

    /** A path as it is compared with others. */
    private static Optional<String> place(Section section, String key, String path) {
        if (path.startsWith("/") && path.indexOf('\0') < 0) {
            return Optional.of(Path.of(path).normalize().toString());
        }
        section.problem(key, section.label(key) + " must be a list of paths that begin with /: " + path);
        return Optional.empty();
    }
}
