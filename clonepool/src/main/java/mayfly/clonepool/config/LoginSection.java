package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;

/** Reads the tables {@code [login.NAME]}. */
final class LoginSection {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");

    /** No option's value. */
    private static final String SESSION = "of-a-login";

    private final Section section;

    private LoginSection(Section section) {
        this.section = section;
    }

    /**
     * All of them, in order of their names.
     *
     * @param templates the names of the templates that the file has
     */
    static List<LoginConfiguration> all(Section tables, Set<String> templates) {
        List<LoginConfiguration> all = new ArrayList<>();
        Map<String, String> taken = new HashMap<>();
        for (String name : tables.keys()) {
            if (!NAME.matcher(name).matches()) {
                tables.problem(
                        name,
                        "a login's name has the characters a-z 0-9 . _ - only and begins with a letter or digit: "
                                + name);
                continue;
            }
            LoginSection one = new LoginSection(tables.section(name));
            LoginConfiguration login = one.read(name, templates);
            login.users().forEach(user -> one.take("users", "user " + user, name, taken));
            login.groups().forEach(group -> one.take("groups", "group " + group, name, taken));
            if (login.isForEverybody()) {
                String other = taken.putIfAbsent("", name);
                if (other != null) {
                    tables.problem(
                            name,
                            "login." + name + " is for everybody, as login." + other + " is: one of them needs users or"
                                    + " groups");
                }
            }
            all.add(login);
        }
        return all;
    }

    private void take(String key, String who, String name, Map<String, String> taken) {
        String other = taken.putIfAbsent(who, name);
        if (other != null) {
            problem(key, " has " + who + ", which login." + other + " has already");
        }
    }

    private LoginConfiguration read(String name, Set<String> templates) {
        section.allow("users", "groups", "template", "shell", "options");
        Optional<String> template = section.text("template");
        if (template.isPresent() && !template.get().equals(Configuration.HOST) && !templates.contains(template.get())) {
            section.problem(
                    "template", "there is no template " + template.get() + Nearest.hint(template.get(), templates));
        }
        String shell = section.text("shell").orElse(LoginConfiguration.DEFAULT_SHELL);
        if (!shell.startsWith("/")) {
            problem("shell", " must be a path that begins with /");
        }
        for (String key : List.of("users", "groups")) {
            if (section.has(key) && section.texts(key).isEmpty()) {
                problem(key, " must not be empty: leave it out where the login is for everybody");
            }
        }
        LoginConfiguration login = new LoginConfiguration(
                name, section.texts("users"), section.texts("groups"), template, shell, section.texts("options"));
        check(login);
        return login;
    }

    /** The options as they will be read when somebody logs in. */
    private void check(LoginConfiguration login) {
        for (String option : login.options()) {
            if (option.indexOf('\0') >= 0) {
                problem("options", " must not have a NUL in it");
                return;
            }
            if (LoginConfiguration.hasUnknownPlaceholder(option)) {
                problem("options", " may have %u, %h and %% in it, not another percent sign: " + option);
                return;
            }
        }
        // A login is in a session, whose limits are among the options.
        List<Bytes> words =
                new ArrayList<>(List.of(Bytes.utf8("mayfly"), Bytes.utf8("--session"), Bytes.utf8(SESSION)));
        words.addAll(login.words(Bytes.utf8("user"), Bytes.utf8("/home/user")));
        try {
            RunRequest request = new RunOptions().read(words, false);
            if (request.first() < words.size() || words.contains(Bytes.utf8("--"))) {
                problem("options", " must have options of a run only: the shell has a key of its own");
            } else if (!request.session().orElseThrow().name().equals(SESSION)
                    || request.refill().isPresent()
                    || request.statusFd().isPresent()
                    || request.wantsDesktop()) {
                problem(
                        "options",
                        " must not have --session, --refill, --status-fd, --x11 or --pulseaudio: a login has none of"
                                + " these");
            } else if (request.template().isPresent()) {
                problem("options", " must not have --template: there is the key template");
            }
        } catch (RefusedException e) {
            problem("options", ": " + e.getMessage());
        }
    }

    private void problem(String key, String what) {
        section.problem(key, section.label(key) + what);
    }
}
