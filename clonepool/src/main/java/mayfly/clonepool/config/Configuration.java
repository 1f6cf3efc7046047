package mayfly.clonepool.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import mayfly.sandbox.backend.Backend;

/**
 * What the administrator or the user decided.
 *
 * @param defaultTemplate the template of runs that name none
 * @param defaultBackend the name of the backend of runs that name none
 * @param idle a per-user service without a lease ends after this time; a system service ignores it
 * @param imageBytes size of the disk image that a system service makes for changes of the template {@code host}
 * @param lxc what users may have of the backend lxc
 * @param templates by name; {@code host} is always there
 * @param listeners what the service listens for, in order of their names
 * @param logins what those get who log in, in order of their names
 * @param audit the audit log
 * @param policy what users may do where a template says nothing else
 */
public record Configuration(
        String defaultTemplate,
        String defaultBackend,
        Duration idle,
        long imageBytes,
        Limits limits,
        LxcConfiguration lxc,
        Map<String, TemplateConfiguration> templates,
        List<ListenConfiguration> listeners,
        List<LoginConfiguration> logins,
        AuditConfiguration audit,
        Policy policy) {
    /** The built-in template: the machine's own system. */
    public static final String HOST = "host";

    /** 16 GiB. */
    static final long DEFAULT_IMAGE_BYTES = 16L << 30;

    public Configuration {
        templates = Map.copyOf(templates);
        listeners = List.copyOf(listeners);
        logins = List.copyOf(logins);
        if (!templates.containsKey(HOST) || !templates.containsKey(defaultTemplate)) {
            throw new IllegalArgumentException("no template " + HOST + " or " + defaultTemplate);
        }
    }

    /** With the usual backend, nothing of the backend lxc for users, without listeners and logins, and with the usual audit log. */
    public Configuration(
            String defaultTemplate,
            Duration idle,
            long imageBytes,
            Limits limits,
            Map<String, TemplateConfiguration> templates) {
        this(
                defaultTemplate,
                Backend.defaultName(),
                idle,
                imageBytes,
                limits,
                LxcConfiguration.defaults(),
                templates,
                List.of(),
                List.of(),
                AuditConfiguration.defaults(),
                Policy.open());
    }

    /** The configuration of an empty file. */
    public static Configuration defaults() {
        return new Configuration(
                HOST,
                Duration.ofMinutes(15),
                DEFAULT_IMAGE_BYTES,
                Limits.defaults(),
                Map.of(HOST, TemplateConfiguration.host()));
    }

    /** The template of this name. */
    public Optional<TemplateConfiguration> template(String name) {
        return Optional.ofNullable(templates.get(name));
    }

    /** The templates in order of their names. */
    public Iterable<TemplateConfiguration> templatesByName() {
        return new TreeMap<>(templates).values();
    }
}
