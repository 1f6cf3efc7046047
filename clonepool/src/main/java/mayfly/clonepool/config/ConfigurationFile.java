package mayfly.clonepool.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import mayfly.clonepool.config.TemplateConfiguration.Store;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** Reads {@code mayfly.toml}. */
public final class ConfigurationFile {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");
    private static final Pattern SIZE = Pattern.compile("[1-9][0-9]*[kmg%]?");
    private static final int MANY = 1_000_000;
    private static final int DEFAULT_IDLE_MINUTES = 15;
    private static final int MINUTES_OF_A_YEAR = 60 * 24 * 365;

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
        TomlParseResult toml = Toml.parse(text);
        Problems problems = new Problems(name);
        toml.errors().forEach(error -> problems.add(error.position(), String.valueOf(error.getMessage())));
        problems.throwIfAny();
        Configuration configuration = new ConfigurationFile(problems).configuration(toml);
        problems.throwIfAny();
        return configuration;
    }

    private Configuration configuration(TomlTable toml) {
        Section top = new Section(problems, toml, "");
        top.allow("default-template", "service", "limits", "template");
        Section service = top.section("service");
        service.allow("idle-minutes");
        int idle = service.number("idle-minutes", DEFAULT_IDLE_MINUTES, 1, MINUTES_OF_A_YEAR);
        Map<String, TemplateConfiguration> templates = new HashMap<>();
        templates.put(Configuration.HOST, TemplateConfiguration.host());
        Section tables = top.section("template");
        for (String name : tables.keys()) {
            template(tables, name).ifPresent(template -> templates.put(name, template));
        }
        String chosen = top.text("default-template").orElse(Configuration.HOST);
        if (!templates.containsKey(chosen)) {
            if (!tables.has(chosen)) {
                String near = Nearest.to(chosen, templates.keySet())
                        .map(nearest -> " (did you mean " + nearest + "?)")
                        .orElse("");
                top.problem("default-template", "there is no template " + chosen + near);
            }
            chosen = Configuration.HOST;
        }
        return new Configuration(chosen, Duration.ofMinutes(idle), limits(top.section("limits")), templates);
    }

    private static Limits limits(Section section) {
        section.allow("sandboxes", "sandboxes-per-user", "parked", "parked-per-shape");
        Limits defaults = Limits.defaults();
        return new Limits(
                section.number("sandboxes", defaults.sandboxes(), 1, MANY),
                section.number("sandboxes-per-user", defaults.sandboxesPerUser(), 1, MANY),
                section.number("parked", defaults.parked(), 0, MANY),
                section.number("parked-per-shape", defaults.parkedPerShape(), 0, MANY));
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
        if (host) {
            section.allow("upper", "size", "users");
        } else {
            section.allow("store", "path", "ready", "upper", "size", "users");
        }
        Store store = section.choice("store", Store.class, "auto").orElse(Store.OVERLAY);
        Optional<String> path = host ? Optional.empty() : path(tables, section, name);
        if (!host && path.isEmpty()) {
            return Optional.empty();
        }
        boolean directory = store == Store.DIRECTORY;
        reject(section, "ready", !directory, "has a meaning with store = \"directory\" only");
        reject(section, "upper", directory, "has no meaning with store = \"directory\"");
        reject(section, "size", directory, "has no meaning with store = \"directory\"");
        return Optional.of(new TemplateConfiguration(
                name,
                store,
                path,
                directory ? section.number("ready", TemplateConfiguration.DEFAULT_READY, 0, MANY) : 0,
                section.choice("upper", Upper.class).orElse(Upper.MEMORY),
                size(section),
                section.texts("users")));
    }

    private static void reject(Section section, String key, boolean meaningless, String why) {
        if (meaningless && section.has(key)) {
            section.problem(key, section.label(key) + " " + why);
        }
    }

    private static Optional<String> path(Section tables, Section section, String name) {
        if (!section.has("path")) {
            tables.problem(name, section.label("path") + " is missing: the directory that holds the template's root");
            return Optional.empty();
        }
        Optional<String> path = section.text("path");
        if (path.isPresent() && !path.get().startsWith("/")) {
            section.problem("path", section.label("path") + " must begin with /");
        }
        return path;
    }

    private static String size(Section section) {
        Optional<String> size = section.text("size");
        if (size.isPresent() && !SIZE.matcher(size.get()).matches()) {
            section.problem("size", section.label("size") + " must be a number with k, m, g or %, as 512m or 50%");
        }
        return size.orElse(TemplateConfiguration.DEFAULT_SIZE);
    }
}
