package mayfly.clonepool.service;

import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import mayfly.clonepool.config.LxcConfiguration;
import mayfly.clonepool.config.Rules;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Backend;

/** Who may have which sandbox: what the rules let users do, and what a backend gives beyond what its user has anyway. */
final class RunPolicy {
    private final Settings settings;
    private final Templates templates;
    private final boolean system;

    /** @param system whether the service is root's, and its users are not its masters */
    RunPolicy(Settings settings, Templates templates, boolean system) {
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
        LxcConfiguration lxc = settings.now().lxc();
        Optional<String> bridge = grants.bridge();
        if (bridge.isPresent() && !lxc.bridges().contains(bridge.get())) {
            throw new RefusedException(
                    "cannot use the bridge " + bridge.get() + ": only root may",
                    "bridges under [lxc] in mayfly.toml names those for everybody");
        }
        if (grants.tun() && !lxc.tun()) {
            throw new RefusedException(
                    "cannot map /dev/net/tun: only root may", "tun = true under [lxc] in mayfly.toml lets everybody");
        }
    }

    /** None for masters, nor for who works in a template itself that he maintains. */
    private Optional<Rules> rules(Shape shape) {
        boolean free = !system || shape.caller().isRoot() || (shape.root().isPresent() && isMaintainers(shape));
        return free ? Optional.empty() : Optional.of(Rules.of(settings.now(), shape.template()));
    }

    private static void refuse(Optional<RefusedException> why) throws RefusedException {
        if (why.isPresent()) {
            throw why.get();
        }
    }

    /**
     * What was asked for beside the shape.
     *
     * @param binds of the client's own words
     * @param leases how many sandboxes of the same template the caller has
     */
    void check(Shape shape, List<Bind> binds, IntSupplier leases) throws RefusedException {
        Optional<Rules> rules = rules(shape);
        if (rules.isEmpty()) {
            return;
        }
        for (Bind bind : binds) {
            refuse(rules.get().bind(bind));
        }
        refuse(rules.get().oneMore(leases));
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
