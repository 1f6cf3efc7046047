package mayfly.clonepool.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.clonepool.config.Permissions.Source;
import mayfly.sandbox.backend.Backend;

/** Reads what users may do: of {@code [policy]}, and of a template's table. */
final class PolicySection {
    /** What says it in either table. */
    static final List<String> KEYS = List.of("backends", "share-net", "binds", "leases", "x11", "sound", "hooks");

    private static final String ROOT_DIRS = "root-dirs";
    private static final String READ_ONLY = ":ro";
    private static final int MANY = 1_000_000;

    private PolicySection() {}

    static Policy policy(Section section) {
        section.allow(Stream.concat(KEYS.stream(), Stream.of(ROOT_DIRS)).toList());
        return new Policy(permissions(section), rootDirs(section));
    }

    static Permissions permissions(Section section) {
        return new Permissions(
                backends(section),
                section.has("share-net") ? Optional.of(section.flag("share-net")) : Optional.empty(),
                binds(section),
                section.has("leases") ? OptionalInt.of(section.number("leases", 1, 1, MANY)) : OptionalInt.empty(),
                offers(section));
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
