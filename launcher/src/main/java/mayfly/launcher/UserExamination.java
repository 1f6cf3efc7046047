package mayfly.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.Members;
import mayfly.clonepool.config.Permissions;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.clonepool.config.Rules;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Access;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.posix.Accounts;

/** What a user of root's service may do, and why not what he may not. */
final class UserExamination {
    private static final Bytes GROUP = Bytes.utf8("mayfly");
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int OUTPUT = 1 << 20;

    private final Configuration configuration;
    private final Caller user;
    private final OptionalLong group;
    private final boolean hasRange;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * @param group whose members may use the service, beside root
     * @param hasRange whether this machine gives the user ids to be root of
     */
    UserExamination(Configuration configuration, Caller user, OptionalLong group, boolean hasRange) {
        this.configuration = configuration;
        this.user = user;
        this.group = group;
        this.hasRange = hasRange;
    }

    /** The user of this name with all his groups, as a process has them after a login. */
    static Caller caller(String name) throws RefusedException, IOException {
        Optional<Accounts.User> known = Accounts.user(Bytes.utf8(name));
        if (known.isEmpty()) {
            throw new RefusedException("cannot look at user " + name + ": nobody has this name");
        }
        Program.Result groups = Program.at("/usr/bin/id").with("-G", "--", name).run(LIMIT, OUTPUT);
        if (!groups.succeeded()) {
            throw new RefusedException("cannot look at user " + name + ": " + groups.failure());
        }
        List<Long> gids = Arrays.stream(groups.output().text().strip().split(" +", -1))
                .map(Long::valueOf)
                .toList();
        return new Caller(known.get().uid(), known.get().gid(), gids);
    }

    static OptionalLong serviceGroup() throws IOException {
        return Accounts.group(GROUP);
    }

    List<Finding> findings() throws IOException {
        if (user.isRoot()) {
            return List.of(Finding.ok("root", "may do everything"));
        }
        Members members = new Members(Set.of(), group.isPresent() ? Set.of(group.getAsLong()) : Set.of());
        findings.add(
                members.contains(user)
                        ? Finding.ok("service", "in the group mayfly: may use it")
                        : Finding.no("service", "not in the group mayfly: may not use it", GroupCommands.JOIN));
        for (TemplateConfiguration template : configuration.templatesByName()) {
            template(template);
        }
        Rules directories = rules(Optional.empty());
        Optional<List<String>> roots = directories.rootDirs();
        if (roots.isPresent() && roots.get().isEmpty()) {
            findings.add(refused("-t", directories.root(Bytes.utf8("/")).orElseThrow()));
        } else {
            findings.add(Finding.ok(
                    "-t",
                    roots.map(names -> "in and below " + String.join(", ", names))
                            .orElse("in every directory, with his own rights")));
            runs("-t", directories, backend -> directory(backend));
            unfiltered("-t", directories);
        }
        findings.add(Finding.ok(
                "sessions", "at most " + configuration.limits().sessions().perUser() + " at once"));
        return findings;
    }

    private boolean isAmong(List<String> names) {
        try {
            return Members.of(names, unknown -> {}).contains(user);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Rules rules(Optional<String> template) {
        return Rules.of(configuration, template, this::isAmong);
    }

    private void template(TemplateConfiguration template) {
        String name = template.name();
        Access access = template.access();
        String table = " under [template." + name + "] in mayfly.toml ";
        boolean maintains = isAmong(access.maintainers());
        Rules rules = rules(Optional.of(name));
        if (!access.users().isEmpty() && !isAmong(access.users())) {
            findings.add(Finding.no(
                    name,
                    "may not be used: it is for " + String.join(", ", access.users()),
                    "users" + table + "names who may"));
        } else {
            findings.add(
                    Finding.ok(name, access.users().isEmpty() ? "may be used: it is for everybody" : "may be used"));
            runs(name, rules, backend -> chroot(backend, maintains));
            asRoot(name, !template.isHost() && (rules.asRoot() || maintains), rules, template.isHost());
            unfiltered(name, rules);
            findings.add(Finding.ok(
                    name + " seccomp",
                    access.seccomp() == Seccomp.NONE
                            ? "no filter of system calls"
                            : "the filter " + access.seccomp().name().toLowerCase(Locale.ROOT)));
        }
        if (!template.isHost()) {
            may(
                    name + " change",
                    maintains,
                    "maintains it",
                    "may not change it or its pool",
                    "maintainers" + table + "names who may");
        }
    }

    /** Who is root in a sandbox. */
    private void asRoot(String name, boolean may, Rules rules, boolean isHost) {
        String subject = name + " as-root";
        if (may && hasRange) {
            findings.add(Finding.ok(subject, "root of his own range of ids"));
        } else if (may) {
            findings.add(Finding.no(
                    subject,
                    "root with his own id alone: /etc/subuid and /etc/subgid give him no others",
                    "usermod --add-subuids --add-subgids gives him a range of ids"));
        } else {
            findings.add(Finding.no(
                    subject, "root with his own id alone", isHost ? "" : lets("as-root", rules.asRootTable())));
        }
    }

    private void unfiltered(String name, Rules rules) {
        may(
                name + " unfiltered",
                rules.unfiltered(),
                "without the filter of system calls if he likes",
                "not without the filter of system calls",
                lets("unfiltered", rules.unfilteredTable()));
    }

    private static String lets(String key, Optional<String> table) {
        return table.map(name -> key + " = true under [" + name + "] in mayfly.toml lets him")
                .orElse("");
    }

    private void may(String subject, boolean may, String how, String not, String remedy) {
        findings.add(may ? Finding.ok(subject, how) : Finding.no(subject, not, remedy));
    }

    /** @param refusal why a backend cannot be used there, whatever the rules say */
    private void runs(String subject, Rules rules, Function<String, Optional<RefusedException>> refusal) {
        for (String backend : Backend.names()) {
            Optional<RefusedException> no = rules.backend(backend).or(() -> refusal.apply(backend));
            findings.add(no.map(why -> refused(subject + " -e " + backend, why))
                    .orElseGet(() -> Finding.ok(subject + " -e " + backend, "may be used")));
        }
        findings.add(rules.shareNet()
                .map(why -> refused(subject + " -n", why))
                .orElseGet(() ->
                        Finding.ok(subject + " -n", "the host's network; with lxc the bridges " + bridges(rules))));
        if (mayUseLxc(rules, refusal)) {
            may(
                    subject + " tun",
                    rules.lxc().tun(),
                    "with lxc, /dev/net/tun",
                    "with lxc, no /dev/net/tun",
                    "tun = true under [" + rules.tunTable() + "] in mayfly.toml gives it");
        }
        findings.add(binds(subject + " -d", rules));
        for (Offer offer : Offer.values()) {
            findings.add(offer(subject + " " + offer.key(), rules, offer));
        }
        int all = configuration.limits().sandboxesPerUser();
        findings.add(Finding.ok(
                subject + " at once",
                Math.min(all, rules.leases().orElse(all)) + " sandboxes; of all templates " + all));
    }

    private static boolean mayUseLxc(Rules rules, Function<String, Optional<RefusedException>> refusal) {
        String lxc = "lxc";
        return Backend.names().contains(lxc)
                && rules.backend(lxc).or(() -> refusal.apply(lxc)).isEmpty();
    }

    private static Finding binds(String subject, Rules rules) {
        Optional<List<Permissions.Source>> binds = rules.permissions().binds();
        if (binds.isEmpty()) {
            return Finding.ok(subject, "everything, with his own rights");
        }
        if (!binds.get().isEmpty()) {
            return Finding.ok(subject, Permissions.list(binds.get()) + ", with his own rights");
        }
        Bytes any = Bytes.utf8("/");
        return refused(subject, rules.bind(new Bind(any, any, true)).orElseThrow());
    }

    private static Finding offer(String subject, Rules rules, Offer offer) {
        return rules.offer(offer)
                .map(why -> refused(subject, why))
                .orElseGet(() -> Finding.ok(subject, "may " + offer.deed()));
    }

    /** Why he cannot run commands in a directory of his choice. */
    private Optional<RefusedException> directory(String backend) {
        Shape shape = new Shape(
                user,
                Optional.empty(),
                backend,
                Isolation.FULL,
                List.of(),
                Optional.of(Bytes.utf8("/")),
                Optional.empty());
        try {
            Backend.named(backend).check(shape, true);
        } catch (RefusedException e) {
            return Optional.of(e);
        }
        return chroot(backend, false);
    }

    private static Optional<RefusedException> chroot(String backend, boolean maintains) {
        try {
            boolean host = Backend.named(backend).grants(Isolation.FULL).host();
            return host && !maintains
                    ? Optional.of(new RefusedException(
                            "cannot use backend " + backend + ": only root may, and a template's maintainers in it"))
                    : Optional.empty();
        } catch (RefusedException e) {
            return Optional.of(e);
        }
    }

    private static String bridges(Rules rules) {
        Set<String> bridges = rules.lxc().bridges();
        return bridges.isEmpty() ? "of [lxc]: none" : String.join(", ", new TreeSet<>(bridges));
    }

    private static Finding refused(String subject, RefusedException why) {
        return Finding.no(
                subject, String.valueOf(why.getMessage()), why.remedy().orElse(""));
    }
}
