package mayfly.clonepool.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.config.TemplateConfiguration.Hooks;
import mayfly.clonepool.config.TemplateConfiguration.Place;
import mayfly.clonepool.config.TemplateConfiguration.Stock;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.backend.Backend;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** Reads {@code mayfly.toml}. */
public final class ConfigurationFile {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");
    // zfs(8), "ZFS component naming requirements", without blanks; two components at least, for clones are siblings.
    private static final Pattern DATASET = Pattern.compile("[A-Za-z][A-Za-z0-9_.:-]*(/[A-Za-z0-9_.:-]+)+");
    private static final Pattern PLACED =
            Pattern.compile("(?<message>.*) \\(line (?<line>[0-9]+), column [0-9]+\\)", Pattern.DOTALL);
    private static final long LEAST_IMAGE_BYTES = 64L << 20;
    private static final int MANY = 1_000_000;
    /** What holds a session takes some. */
    private static final int LEAST_PROCESSES = 32;

    private static final int DEFAULT_IDLE_MINUTES = 15;
    private static final int MINUTES_OF_A_YEAR = 60 * 24 * 365;

    /** What the template of the machine itself can say. */
    private static final List<String> HOST_KEYS = Stream.concat(
                    Stream.of(
                            "upper",
                            "size",
                            "users",
                            "seccomp",
                            "unfiltered",
                            "pre-start",
                            "post-stop",
                            "hook-seconds"),
                    PolicySection.KEYS.stream())
            .toList();

    /** What any other can. */
    private static final List<String> TEMPLATE_KEYS = Stream.concat(
                    Stream.of(
                            "store",
                            "path",
                            "dataset",
                            "clones",
                            "ready",
                            "ready-max",
                            "min-free",
                            "quota",
                            "maintainers",
                            "as-root"),
                    HOST_KEYS.stream())
            .toList();

    private final Problems problems;

    private ConfigurationFile(Problems problems) {
        this.problems = problems;
    }

    /**
     * The configuration of the file.
     *
     * @throws IOException when the file cannot be read
     * @throws ConfigurationException with all problems of its content
     */
    public static Configuration read(Path file) throws IOException, ConfigurationException {
        String text;
        try {
            text = Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ConfigurationException(List.of(file + ":1: not UTF-8"));
        }
        return parse(text, file.toString());
    }

    /** @param name the file's name, for problems */
    static Configuration parse(String text, String name) throws ConfigurationException {
        TomlParseResult toml = toml(text, name);
        Problems problems = new Problems(name);
        toml.errors().forEach(error -> problems.add(error.position(), String.valueOf(error.getMessage())));
        problems.throwIfAny();
        Configuration configuration = new ConfigurationFile(problems).configuration(toml);
        problems.throwIfAny();
        return configuration;
    }

    /** Some mistakes, as an unknown escape sequence in a table's name, TomlJ throws in place of reporting them. */
    private static TomlParseResult toml(String text, String name) throws ConfigurationException {
        try {
            return Toml.parse(text);
        } catch (RuntimeException e) {
            Matcher placed = PLACED.matcher(e.toString());
            String problem = placed.matches() ? placed.group("line") + ": " + placed.group("message") : "1: " + e;
            throw new ConfigurationException(List.of(name + ":" + problem));
        }
    }

    private Configuration configuration(TomlTable toml) {
        Section top = new Section(problems, toml, "");
        top.allow(
                "default-template",
                "default-backend",
                "service",
                "limits",
                "lxc",
                "template",
                "listen",
                "login",
                "audit",
                "policy");
        Section service = top.section("service");
        service.allow("idle-minutes", "image-size");
        int idle = service.number("idle-minutes", DEFAULT_IDLE_MINUTES, 1, MINUTES_OF_A_YEAR);
        long image = imageBytes(service);
        Map<String, TemplateConfiguration> templates = new HashMap<>();
        templates.put(Configuration.HOST, TemplateConfiguration.host());
        Section tables = top.section("template");
        for (String name : tables.keys()) {
            template(tables, name).ifPresent(template -> templates.put(name, template));
        }
        overlaps(tables, templates);
        String chosen = top.text("default-template").orElse(Configuration.HOST);
        if (!templates.containsKey(chosen)) {
            if (!tables.has(chosen)) {
                top.problem(
                        "default-template",
                        "there is no template " + chosen + Nearest.hint(chosen, templates.keySet()));
            }
            chosen = Configuration.HOST;
        }
        Limits limits = limits(top.section("limits"));
        return new Configuration(
                chosen,
                defaultBackend(top),
                Duration.ofMinutes(idle),
                image,
                limits,
                lxc(top.section("lxc")),
                templates,
                ListenSection.all(top.section("listen"), Set.copyOf(tables.keys())),
                LoginSection.all(top.section("login"), Set.copyOf(tables.keys()), limits.sessions()),
                audit(top.section("audit")),
                PolicySection.policy(top.section("policy"), Set.copyOf(tables.keys())));
    }

    /** Only what is a boundary: nobody would expect less of a run that names no backend. */
    private static String defaultBackend(Section top) {
        String key = "default-backend";
        String name = top.text(key).orElse(Backend.defaultName());
        if (!Backend.names().contains(name)) {
            top.problem(key, PolicySection.noBackend(name));
            return Backend.defaultName();
        }
        try {
            if (Backend.named(name).grants(Isolation.FULL).host()) {
                top.problem(key, key + ": " + name + " is no boundary against root: it is for who names it");
            }
        } catch (RefusedException e) {
            throw new IllegalStateException(e);
        }
        return name;
    }

    /** What is done to one of two templates that share their place is done to the other one behind its back. */
    private static void overlaps(Section tables, Map<String, TemplateConfiguration> templates) {
        List<TemplateConfiguration> inOrder = new ArrayList<>(new TreeMap<>(templates).values());
        for (int i = 0; i < inOrder.size(); i++) {
            Place place = inOrder.get(i).place();
            Section section = tables.section(inOrder.get(i).name());
            for (TemplateConfiguration other : inOrder.subList(0, i)) {
                String others = " template " + other.name();
                if (place.dataset().isPresent()
                        && place.dataset().equals(other.place().dataset())) {
                    section.problem("dataset", section.label("dataset") + " is already that of" + others);
                }
                Optional<Path> path = place.path().map(ConfigurationFile::normal);
                Optional<Path> otherPath = other.place().path().map(ConfigurationFile::normal);
                if (path.isEmpty() || otherPath.isEmpty()) {
                    continue;
                }
                if (path.equals(otherPath)) {
                    section.problem("path", section.label("path") + " is already that of" + others);
                } else if (path.get().startsWith(otherPath.get())) {
                    section.problem("path", section.label("path") + " lies in the path of" + others);
                } else if (otherPath.get().startsWith(path.get())) {
                    section.problem("path", section.label("path") + " has the path of" + others + " in it");
                }
            }
        }
    }

    private static Path normal(String path) {
        return Path.of(path).normalize();
    }

    private static long imageBytes(Section service) {
        long image = size(service, "image-size", "mgt").map(ByteSize::bytes).orElse(Configuration.DEFAULT_IMAGE_BYTES);
        if (image < LEAST_IMAGE_BYTES) {
            service.problem("image-size", service.label("image-size") + " must be 64m or more");
        }
        return image;
    }

    private static LxcConfiguration lxc(Section section) {
        section.allow("bridges", "tun");
        return new LxcConfiguration(Set.copyOf(section.texts("bridges")), section.flag("tun"));
    }

    private static AuditConfiguration audit(Section section) {
        section.allow("off", "file", "max-size", "keep", "journal");
        Optional<Path> file = absolute(section, "file").map(ConfigurationFile::normal);
        if (file.isPresent() && file.get().getFileName() == null) {
            section.problem("file", section.label("file") + " must be a file's path");
        }
        long most = size(section, "max-size", "kmg").map(ByteSize::bytes).orElse(AuditConfiguration.DEFAULT_MAX_BYTES);
        if (most < AuditConfiguration.LEAST_MAX_BYTES) {
            section.problem("max-size", section.label("max-size") + " must be 64k or more");
        }
        return new AuditConfiguration(
                section.flag("off"),
                file,
                most,
                section.number("keep", AuditConfiguration.DEFAULT_KEEP, 1, AuditConfiguration.MOST_KEEP),
                section.has("journal") ? Optional.of(section.flag("journal")) : Optional.empty());
    }

    private static Limits limits(Section section) {
        section.allow(
                "sandboxes",
                "sandboxes-per-user",
                "parked",
                "parked-per-shape",
                "parked-per-user",
                "clones",
                "processes",
                "sessions-per-user",
                "session-idle",
                "session-idle-max",
                "session-time",
                "session-time-max");
        Limits defaults = Limits.defaults();
        return new Limits(
                section.number("sandboxes", defaults.sandboxes(), 1, MANY),
                section.number("sandboxes-per-user", defaults.sandboxesPerUser(), 1, MANY),
                section.number("parked", defaults.parked(), 0, MANY),
                section.number("parked-per-shape", defaults.parkedPerShape(), 0, MANY),
                section.number("parked-per-user", defaults.parkedPerUser(), 0, MANY),
                section.number("clones", defaults.clones(), 1, MANY),
                processes(section, defaults.processes()),
                sessions(section, defaults.sessions()));
    }

    private static int processes(Section section, int usual) {
        int processes = section.number("processes", usual, 0, MANY);
        if (processes > 0 && processes < LEAST_PROCESSES) {
            section.problem("processes", section.label("processes") + " must be 0, or 32 or more");
        }
        return processes;
    }

    private static Limits.Sessions sessions(Section section, Limits.Sessions defaults) {
        long idle = section.seconds("session-idle", defaults.idle());
        long time = section.seconds("session-time", defaults.time());
        return new Limits.Sessions(
                section.number("sessions-per-user", defaults.perUser(), 0, MANY),
                idle,
                most(section, "session-idle", idle, defaults.idleMost()),
                time,
                most(section, "session-time", time, defaults.timeMost()));
    }

    private static long most(Section section, String key, long usual, long absent) {
        String mostKey = key + "-max";
        long most = section.seconds(mostKey, Math.max(usual, absent));
        if (most < usual) {
            section.problem(mostKey, section.label(mostKey) + " must not be less than " + section.label(key));
        }
        return most;
    }

    /** Empty when the table is no template at all. */
    private static Optional<TemplateConfiguration> template(Section tables, String name) {
        if (!NAME.matcher(name).matches()) {
            tables.problem(
                    name,
                    "a template's name has the characters a-z 0-9 . _ - only and begins with a letter or" + " digit: "
                            + name);
            return Optional.empty();
        }
        Section section = tables.section(name);
        boolean host = name.equals(Configuration.HOST);
        section.allow(host ? HOST_KEYS : TEMPLATE_KEYS);
        Store asked = section.choice("store", Store.class).orElse(host ? Store.OVERLAY : Store.AUTO);
        Store store = asked == Store.AUTO && section.has("dataset") ? Store.ZFS : asked;
        Optional<Place> place =
                host ? Optional.of(TemplateConfiguration.host().place()) : place(tables, section, name, store);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        boolean zfs = store == Store.ZFS;
        boolean noOverlay = zfs || store == Store.DIRECTORY || store == Store.BTRFS;
        String word = store.word();
        reject(section, "dataset", !zfs, "has a meaning with store = \"zfs\" only");
        reject(section, "quota", !zfs, "has a meaning with store = \"zfs\" only");
        reject(section, "path", zfs, "has no meaning with store = \"zfs\": its dataset says where it is");
        reject(section, "clones", zfs, "has no meaning with store = \"zfs\": they are beside the dataset");
        reject(section, "upper", noOverlay, "has no meaning with store = \"" + word + "\"");
        reject(section, "size", noOverlay, "has no meaning with store = \"" + word + "\"");
        return Optional.of(new TemplateConfiguration(
                name,
                store,
                place.get(),
                stock(section),
                section.choice("upper", Upper.class).orElse(Upper.MEMORY),
                tmpfsSize(section),
                access(section),
                hooks(section)));
    }

    private static Access access(Section section) {
        return new Access(
                PolicySection.names(section, "users"),
                PolicySection.names(section, "maintainers"),
                section.flag("as-root"),
                section.choice("seccomp", Seccomp.class).orElse(Seccomp.DEFAULT),
                section.flag("unfiltered"),
                PolicySection.permissions(section));
    }

    private static Hooks hooks(Section section) {
        Hooks hooks = new Hooks(
                section.program("pre-start"),
                section.program("post-stop"),
                section.number("hook-seconds", Hooks.DEFAULT_SECONDS, 1, Hooks.MOST_SECONDS));
        boolean none = !section.has("pre-start") && !section.has("post-stop");
        reject(section, "hook-seconds", none, "has a meaning with pre-start or post-stop only");
        return hooks;
    }

    private static void reject(Section section, String key, boolean meaningless, String why) {
        if (meaningless) {
            section.reject(key, why);
        }
    }

    private static Optional<Place> place(Section tables, Section section, String name, Store store) {
        String key = store == Store.ZFS ? "dataset" : "path";
        if (!section.has(key)) {
            tables.problem(
                    name,
                    section.label(key) + " is missing: the "
                            + (store == Store.ZFS ? "dataset" : "directory")
                            + " that holds the template's root");
            return Optional.empty();
        }
        Optional<String> dataset = section.text("dataset");
        if (dataset.isPresent() && !DATASET.matcher(dataset.get()).matches()) {
            section.problem(
                    "dataset", section.label("dataset") + " must be a ZFS dataset in a pool, as rpool/isolate/debian");
        }
        return Optional.of(new Place(absolute(section, "path"), dataset, absolute(section, "clones")));
    }

    private static Optional<String> absolute(Section section, String key) {
        Optional<String> path = section.text(key);
        if (path.isPresent() && !path.get().startsWith("/")) {
            section.problem(key, section.label(key) + " must begin with /");
        }
        return path;
    }

    private static Stock stock(Section section) {
        OptionalInt ready = optional(section, "ready");
        OptionalInt readyMax = optional(section, "ready-max");
        if (ready.isPresent() && readyMax.isPresent() && readyMax.getAsInt() < ready.getAsInt()) {
            section.problem(
                    "ready-max", section.label("ready-max") + " must not be less than " + section.label("ready"));
        }
        Stock defaults = Stock.defaults();
        return new Stock(
                ready, readyMax, bytes(section, "min-free").orElse(defaults.minFree()), bytes(section, "quota"));
    }

    private static OptionalInt optional(Section section, String key) {
        return section.has(key) ? OptionalInt.of(section.number(key, 0, 0, MANY)) : OptionalInt.empty();
    }

    private static String tmpfsSize(Section section) {
        Optional<String> size = size(section, "size", "kmg%");
        boolean isShare = size.isPresent() && size.get().endsWith("%");
        if (size.isPresent()
                && !(isShare ? size.get().length() <= "100%".length() : isRoom(ByteSize.bytes(size.get())))) {
            section.problem("size", section.label("size") + " must be from 1m to 999999g, or to 999%");
        }
        return size.orElse(TemplateConfiguration.DEFAULT_SIZE);
    }

    /** Less has no room for what is made in it before a command begins. */
    private static boolean isRoom(long bytes) {
        return bytes >= 1 << 20 && bytes <= 999_999L << 30;
    }

    /** @param units one of which may follow the number */
    private static Optional<String> size(Section section, String key, String units) {
        Optional<String> size = section.text(key);
        if (size.isPresent() && !size.get().matches("[1-9][0-9]{0,11}[" + units + "]?")) {
            section.problem(
                    key,
                    section.label(key) + " must be a number with " + String.join(", ", units.split("")) + ", as 512m");
            return Optional.empty();
        }
        return size;
    }

    private static OptionalLong bytes(Section section, String key) {
        return size(section, key, "kmgt").stream().mapToLong(ByteSize::bytes).findFirst();
    }
}
