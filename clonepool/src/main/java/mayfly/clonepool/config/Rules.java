package mayfly.clonepool.config;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntSupplier;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/**
 * What the configuration lets users do in a template, or in a directory of their choice: a key of the template's table counts,
 * else that of {@code [policy]}. Root and the service's own user are asked nothing of this.
 */
public final class Rules {
    private static final String POLICY = "policy";

    private final Configuration configuration;
    private final Optional<TemplateConfiguration> template;

    private Rules(Configuration configuration, Optional<TemplateConfiguration> template) {
        this.configuration = configuration;
        this.template = template;
    }

    /** @param template empty: for a directory of the user's choice */
    public static Rules of(Configuration configuration, Optional<String> template) {
        return new Rules(configuration, template.flatMap(configuration::template));
    }

    /** What counts, and in which table it stands. */
    private record Ruling<T>(T value, String table) {}

    private <T> Optional<Ruling<T>> ruling(Function<Permissions, Optional<T>> key) {
        Optional<Ruling<T>> own = template.flatMap(
                it -> key.apply(it.access().permissions()).map(value -> new Ruling<>(value, "template." + it.name())));
        return own.isPresent()
                ? own
                : key.apply(configuration.policy().permissions()).map(value -> new Ruling<>(value, POLICY));
    }

    private String where() {
        return template.map(it -> "in template " + it.name()).orElse("in a directory itself");
    }

    /** What counts here, wherever it stands. */
    public Permissions permissions() {
        return new Permissions(
                ruling(Permissions::backends).map(Ruling::value),
                ruling(Permissions::shareNet).map(Ruling::value),
                ruling(Permissions::binds).map(Ruling::value),
                leases());
    }

    /** Why users may not use the backend; empty: they may. */
    public Optional<RefusedException> backend(String name) {
        return ruling(Permissions::backends)
                .filter(backends -> !backends.value().contains(name))
                .map(backends -> new RefusedException(
                        "cannot use backend " + name + ": users may not " + where(),
                        "backends under [" + backends.table() + "] in mayfly.toml names those that they may use: "
                                + orNothing(String.join(", ", backends.value()))));
    }

    public Optional<RefusedException> shareNet() {
        return ruling(Permissions::shareNet)
                .filter(share -> !share.value())
                .map(share -> new RefusedException(
                        "cannot share the host's network: users may not " + where(),
                        "share-net = true under [" + share.table() + "] in mayfly.toml lets them"));
    }

    /** Whether sources are restricted, so that no link may lead from a permitted place to another one. */
    public boolean restrictsBinds() {
        return ruling(Permissions::binds).isPresent();
    }

    public Optional<RefusedException> bind(Bind bind) {
        Optional<Ruling<List<Permissions.Source>>> binds = ruling(Permissions::binds);
        if (binds.isEmpty()) {
            return Optional.empty();
        }
        List<Permissions.Source> sources = binds.get().value();
        if (isPlain(bind.source()) && sources.stream().anyMatch(source -> source.covers(bind))) {
            return Optional.empty();
        }
        return Optional.of(new RefusedException(
                "cannot bind " + bind.source() + (bind.readOnly() ? "" : " for writing") + ": users may not " + where(),
                "binds under [" + binds.get().table() + "] in mayfly.toml names what they may bind: "
                        + orNothing(Permissions.list(sources))));
    }

    /** Why users may not run commands in this directory itself; empty: they may. */
    public Optional<RefusedException> root(Bytes directory) {
        Optional<List<String>> roots = configuration.policy().rootDirs();
        boolean may = roots.isEmpty()
                || (isPlain(directory)
                        && roots.get().stream().anyMatch(root -> NativePath.isAtOrUnder(directory, Bytes.utf8(root))));
        return may
                ? Optional.empty()
                : Optional.of(new RefusedException(
                        "cannot use the directory " + directory + ": users may not run commands in it",
                        "root-dirs under [policy] in mayfly.toml names those in which they may: "
                                + orNothing(String.join(", ", roots.get()))));
    }

    /** How many sandboxes each user may have of this at once. */
    public OptionalInt leases() {
        Optional<Ruling<Integer>> most = ruling(Rules::leases);
        return most.isPresent() ? OptionalInt.of(most.get().value()) : OptionalInt.empty();
    }

    private static Optional<Integer> leases(Permissions permissions) {
        OptionalInt most = permissions.leases();
        return most.isPresent() ? Optional.of(most.getAsInt()) : Optional.empty();
    }

    /** @param there how many he has already; asked where that counts only */
    public Optional<RefusedException> oneMore(IntSupplier there) {
        Optional<Ruling<Integer>> most = ruling(Rules::leases);
        int count = most.isPresent() ? there.getAsInt() : 0;
        return most.filter(limit -> count >= limit.value())
                .map(limit -> new RefusedException(
                        "cannot claim a sandbox " + where() + ": you have " + count + ", the limit of leases under ["
                                + limit.table() + "]",
                        "wait until one has ended, or raise the limit in mayfly.toml"));
    }

    private static String orNothing(String names) {
        return names.isEmpty() ? "none" : names;
    }

    /** Whether a path's names alone tell where it is, if there are no links. */
    private static boolean isPlain(Bytes path) {
        String text = path.latin1() + "/";
        return !text.contains("/./") && !text.contains("/../");
    }
}
