package mayfly.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.PeoplePolicy;
import mayfly.clonepool.config.Permissions;
import mayfly.clonepool.config.Rules;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.sandbox.Seccomp;

/** Who may do what, in words. */
final class PolicyText {
    private final Configuration configuration;

    PolicyText(Configuration configuration) {
        this.configuration = configuration;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (TemplateConfiguration template : configuration.templatesByName()) {
            lines.add(template(template));
        }
        lines.add(directories());
        configuration.policy().people().forEach(people -> lines.add(people(people)));
        lines.add("backend of runs that name none: " + configuration.defaultBackend());
        lines.add("backend lxc: bridges "
                + names(new TreeSet<>(configuration.lxc().bridges()), "none")
                + (configuration.lxc().tun() ? "; /dev/net/tun" : "; not /dev/net/tun"));
        lines.add("each user: at most " + configuration.limits().sandboxesPerUser() + " sandboxes and "
                + configuration.limits().sessions().perUser() + " sessions at once");
        lines.add(
                "root, and a user in his own service, may do everything; all others what they can by their own rights, and what is said here");
        return lines;
    }

    private String template(TemplateConfiguration template) {
        Access access = template.access();
        List<String> words = new ArrayList<>();
        words.add("for " + names(access.users(), "everybody"));
        if (!access.maintainers().isEmpty()) {
            words.add("changed by " + names(access.maintainers(), ""));
        }
        words.addAll(permissions(
                Rules.ofOthers(configuration, Optional.of(template.name())).permissions()));
        if (access.asRoot()) {
            words.add("root of their own ranges of ids");
        }
        if (access.unfiltered()) {
            words.add("without the filter of system calls if they like");
        }
        if (access.seccomp() != Seccomp.DEFAULT) {
            words.add("system calls: " + access.seccomp().name().toLowerCase(Locale.ROOT));
        }
        if (!template.hooks().isEmpty()) {
            words.add("with hooks");
        }
        return "template " + template.name() + ": " + String.join("; ", words);
    }

    private String directories() {
        Optional<List<String>> roots = configuration.policy().rootDirs();
        String where = roots.map(names -> names.isEmpty() ? "nowhere" : "in and below " + String.join(", ", names))
                .orElse("everywhere");
        List<String> words = new ArrayList<>(List.of(where));
        words.addAll(permissions(Rules.ofOthers(configuration, Optional.empty()).permissions()));
        return "directories (-t): " + String.join("; ", words);
    }

    private static String people(PeoplePolicy people) {
        List<String> words = people.words();
        return "policy " + people.name() + ", for " + String.join(", ", people.who()) + ": "
                + (people.templates().isEmpty() ? "" : "in " + String.join(", ", people.templates()) + ": ")
                + (words.isEmpty() ? "says nothing" : String.join("; ", words));
    }

    private static List<String> permissions(Permissions permissions) {
        List<String> words = permissions.words();
        return words.isEmpty() ? List.of("unrestricted") : words;
    }

    private static String names(Iterable<String> names, String none) {
        String text = String.join(", ", names);
        return text.isEmpty() ? none : text;
    }
}
