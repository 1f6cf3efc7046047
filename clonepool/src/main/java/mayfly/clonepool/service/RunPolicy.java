package mayfly.clonepool.service;

import java.util.Optional;
import java.util.function.IntSupplier;
import mayfly.clonepool.config.LxcConfiguration;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.clonepool.config.Rules;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.options.RunRequest;

/** Who may have which sandbox: what the rules let users do, and what a backend gives beyond what its user has anyway. */
final class RunPolicy {
    private final Settings settings;
    private final Templates templates;
    private final People people;
    private final boolean system;
    private final Bytes runtime;

    /**
     * @param system whether the service is root's, and its users are not its masters
     * @param runtime the directory of the service's sockets, and of its sessions'
     */
    RunPolicy(Settings settings, Templates templates, People people, boolean system, Bytes runtime) {
        this.runtime = runtime;
        this.people = people;
        this.system = system;
        this.settings = settings;
        this.templates = templates;
    }

    /** @throws RefusedException when the shape's caller may not have such a sandbox */
    void check(Shape shape, Backend backend) throws RefusedException {
        if (shape.caller().isRoot()) {
            return;
        }
        Optional<Rules> rules = rules(shape);
        if (rules.isPresent()) {
            refuse(rules.get().backend(backend.name()));
            if (shape.isolation().shareNet()) {
                refuse(rules.get().shareNet());
            }
            if (shape.root().isPresent()) {
                refuse(rules.get().root(shape.root().get()));
            }
        }
        Backend.Grants grants = backend.grants(shape.isolation());
        if (grants.host() && !isMaintainers(shape)) {
            throw new RefusedException(
                    "cannot use backend " + backend.name() + ": only root may, and a template's maintainers in it",
                    "leave out --backend");
        }
        LxcConfiguration lxc = rulesFor(shape.caller(), shape.template()).lxc();
        Optional<String> bridge = grants.bridge();
        if (bridge.isPresent() && !lxc.bridges().contains(bridge.get())) {
            throw new RefusedException(
                    "cannot use the bridge " + bridge.get() + ": only root may",
                    "bridges under [lxc] in mayfly.toml names those for everybody, under [policy.NAME] those for some");
        }
        if (grants.tun() && !lxc.tun()) {
            throw new RefusedException(
                    "cannot map /dev/net/tun: only root may",
                    "tun = true under [lxc] in mayfly.toml lets everybody, under [policy.NAME] some");
        }
    }

    /** None for masters, nor for who works in a template itself that he maintains. */
    private Optional<Rules> rules(Shape shape) {
        boolean free = !system || shape.caller().isRoot() || (shape.root().isPresent() && isMaintainers(shape));
        return free ? Optional.empty() : Optional.of(rulesFor(shape.caller(), shape.template()));
    }

    private Rules rulesFor(Caller caller, Optional<String> template) {
        return Rules.of(settings.now(), template, names -> people.isAmong(caller, names));
    }

    /** Whether the user may be root, with other ids than his own, in clones of it: he can then read all that is in it. */
    boolean letsBeRoot(Caller user, Template template) {
        return template.mayBeChangedBy(user)
                || rulesFor(user, Optional.of(template.name())).asRoot();
    }

    /** @param template empty: for a directory of the user's choice */
    boolean letsBeUnfiltered(Caller user, Optional<Template> template) {
        return rulesFor(user, template.map(Template::name)).unfiltered();
    }

    private static void refuse(Optional<RefusedException> why) throws RefusedException {
        if (why.isPresent()) {
            throw why.get();
        }
    }

    /** Whether the caller may make use of the offer in such a sandbox. */
    boolean lets(Shape shape, Offer offer) {
        return rules(shape).flatMap(rules -> rules.offer(offer)).isEmpty();
    }

    /**
     * What was asked for beside the shape.
     *
     * @param request in the client's own words
     * @param leases how many sandboxes of the same template the caller has
     */
    void check(Shape shape, RunRequest request, IntSupplier leases) throws RefusedException {
        if (!system || shape.caller().isRoot()) {
            for (Bind bind : request.binds()) {
                checkShowsNoSockets(bind);
            }
        }
        Optional<Rules> rules = rules(shape);
        if (rules.isEmpty()) {
            return;
        }
        if (request.x11().isPresent()) {
            refuse(rules.get().offer(Offer.X11));
        }
        if (request.pulseaudio()) {
            refuse(rules.get().offer(Offer.SOUND));
        }
        for (Bind bind : request.binds()) {
            refuse(rules.get().bind(bind));
        }
        refuse(rules.get().oneMore(leases));
    }

    /** Whoever can connect to the socket of a session of his can run commands in it; elsewhere only root can. */
    private void checkShowsNoSockets(Bind bind) throws RefusedException {
        Bytes source = NativePath.bytes(NativePath.of(bind.source()).normalize());
        if (NativePath.isAtOrUnder(runtime, source) || NativePath.isAtOrUnder(source, runtime)) {
            throw new RefusedException(
                    "cannot bind " + bind.source() + ": the sockets of your sessions are in " + runtime,
                    "bind what the command needs, not all that is around it");
        }
    }

    /** Whether the caller's sources may go through links: not where they are restricted. */
    boolean followsLinks(Shape shape) {
        return rules(shape).filter(Rules::restrictsBinds).isEmpty();
    }

    /**
     * What only the sandbox tells: where its directory really is, and how many its caller has by now.
     *
     * @param directory without links in its path
     */
    void check(Shape shape, Optional<Bytes> directory, IntSupplier leases) throws RefusedException {
        Optional<Rules> rules = rules(shape);
        if (rules.isEmpty()) {
            return;
        }
        if (directory.isPresent()) {
            refuse(rules.get().root(directory.get()));
        }
        refuse(rules.get().oneMore(leases));
    }

    /** Whether it runs in a template, or in a clone of one, that its caller maintains. */
    private boolean isMaintainers(Shape shape) {
        return templates.all().stream()
                .filter(template -> template.maintainers().contains(shape.caller()))
                .anyMatch(template ->
                        shape.template().filter(template.name()::equals).isPresent()
                                || (shape.root().isPresent() && shape.root().equals(path(template))));
    }

    private static Optional<Bytes> path(Template template) {
        return template.configuration().place().path().map(Bytes::utf8);
    }
}
