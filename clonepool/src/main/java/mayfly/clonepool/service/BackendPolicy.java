package mayfly.clonepool.service;

import java.util.Optional;
import mayfly.clonepool.config.LxcConfiguration;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Backend;

/** Who may have what a backend gives beyond what its user has anyway. */
final class BackendPolicy {
    private final Settings settings;
    private final Templates templates;

    BackendPolicy(Settings settings, Templates templates) {
        this.settings = settings;
        this.templates = templates;
    }

    /** @throws RefusedException when the shape's caller may not have such a sandbox */
    void check(Shape shape, Backend backend) throws RefusedException {
        if (shape.caller().isRoot()) {
            return;
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

    /** Whether it runs in a template, or in a clone of one, that its caller maintains. */
    private boolean isMaintainers(Shape shape) {
        long uid = shape.caller().uid();
        return templates.all().stream()
                .filter(template -> template.maintainers().contains(uid))
                .anyMatch(template ->
                        shape.template().filter(template.name()::equals).isPresent()
                                || (shape.root().isPresent() && shape.root().equals(path(template))));
    }

    private static Optional<Bytes> path(Template template) {
        return template.configuration().place().path().map(Bytes::utf8);
    }
}
