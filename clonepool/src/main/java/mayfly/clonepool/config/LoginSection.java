package mayfly.clonepool.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.TimeSpan;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;

/** Reads the tables {@code [login.NAME]}. */
final class LoginSection {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");

    /** No option's value. */
    private static final String SESSION = "of-a-login";

    private final Section section;
    private final Limits.Sessions limits;

    private LoginSection(Section section, Limits.Sessions limits) {
        this.section = section;
        this.limits = limits;
    }

    /**
     * All of them, in order of their names.
     *
     * @param templates the names of the templates that the file has
     * @param limits of their sessions
     */
    static List<LoginConfiguration> all(Section tables, Set<String> templates, Limits.Sessions limits) {
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
            LoginSection one = new LoginSection(tables.section(name), limits);
            LoginConfiguration login = one.read(name, templates);
            login.users().forEach(user -> one.take(user, name, taken));
            if (login.isForEverybody()) {
                String other = taken.putIfAbsent("", name);
                if (other != null) {
                    tables.problem(
                            name,
                            "login." + name + " is for everybody, as login." + other + " is: one of them needs users");
                }
            }
            all.add(login);
        }
        return all;
    }

    private void take(String user, String name, Map<String, String> taken) {
        String other = taken.putIfAbsent(user, name);
        if (other != null) {
            problem("users", " has " + user + ", which login." + other + " has already");
        }
    }

    private LoginConfiguration read(String name, Set<String> templates) {
        section.allow("users", "template", "shell", "options");
        Optional<String> template = section.template(templates);
        String shell = section.text("shell").orElse(LoginConfiguration.DEFAULT_SHELL);
        if (!shell.startsWith("/") || shell.indexOf('\0') >= 0) {
            problem("shell", " must be a path that begins with /");
        }
        List<String> users = PolicySection.names(section, "users");
        if (section.has("users") && users.isEmpty()) {
            problem("users", " must not be empty: leave it out where the login is for everybody");
        }
        LoginConfiguration login = new LoginConfiguration(name, users, template, shell, section.texts("options"));
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
            } else if (request.root().isPresent() && login.template().isPresent()) {
                problem("options", " must not have --root beside the key template");
            }
            if (request.backend().isPresent()
                    && !Backend.names().contains(request.backend().get())) {
                problem("options", ": there is no backend " + request.backend().get());
            }
            most("--idle", request.session().orElseThrow().idle(), limits.idleMost());
            most("--time", request.session().orElseThrow().time(), limits.timeMost());
        } catch (RefusedException e) {
            problem("options", ": " + e.getMessage());
        }
    }

    private void most(String option, OptionalLong asked, long most) {
        if (asked.isPresent() && asked.getAsLong() > most) {
            problem(
                    "options",
                    ": " + option + " must not be more than limits.session-" + option.substring(2) + "-max, "
                            + TimeSpan.word(most));
        }
    }

    private void problem(String key, String what) {
        section.problem(key, section.label(key) + what);
    }
}
