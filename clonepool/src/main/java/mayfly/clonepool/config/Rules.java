package mayfly.clonepool.config;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/**
 * What the configuration lets a user do in a template, or in a directory of his choice. For each key that table counts which
 * says it first: one for some users that names the template, the template's own, one for some users, {@code [policy]}. Root and
 * the service's own user are asked nothing of this.
 */
public final class Rules {
    private static final String POLICY = "policy";

    private final Configuration configuration;
    private final Optional<TemplateConfiguration> template;
    private final Predicate<List<String>> among;

    private Rules(
            Configuration configuration, Optional<TemplateConfiguration> template, Predicate<List<String>> among) {
        this.configuration = configuration;
        this.template = template;
        this.among = among;
    }

    /**
     * @param template empty: for a directory of the user's choice
     * @param among whether names of users, and of groups with {@code %}, are his; asked where that counts only
     */
    public static Rules of(Configuration configuration, Optional<String> template, Predicate<List<String>> among) {
        return new Rules(configuration, template.flatMap(configuration::template), among);
    }

    /** For whom no table names. */
    public static Rules ofOthers(Configuration configuration, Optional<String> template) {
        return of(configuration, template, names -> false);
    }

    /**
     * What counts, and in which table it stands.
     *
     * @param forSome whether that is one for some users
     */
    private record Ruling<T>(T value, String table, boolean forSome) {}

    private <T> Optional<Ruling<T>> ruling(Function<Permissions, Optional<T>> key) {
        return forThem(true, people -> key.apply(people.permissions()))
                .or(() -> template.flatMap(it -> key.apply(it.access().permissions())
                        .map(value -> new Ruling<>(value, "template." + it.name(), false))))
                .or(() -> forThem(false, people -> key.apply(people.permissions())))
                .or(() -> key.apply(configuration.policy().permissions())
                        .map(value -> new Ruling<>(value, POLICY, false)));
    }

    /**
     * What the first table says that is for some users, this one among them.
     *
     * @param named whether it is for templates that it names, this one among them; else for all
     */
    private <T> Optional<Ruling<T>> forThem(boolean named, Function<PeoplePolicy, Optional<T>> key) {
        for (PeoplePolicy people : configuration.policy().people()) {
            boolean here = named
                    ? template.filter(it -> people.templates().contains(it.name()))
                            .isPresent()
                    : people.templates().isEmpty();
            Optional<T> value = here ? key.apply(people) : Optional.empty();
            if (value.isPresent() && among.test(people.who())) {
                return value.map(said -> new Ruling<>(said, POLICY + "." + people.name(), true));
            }
        }
        return Optional.empty();
    }

    private <T> Optional<Ruling<T>> grant(Function<PeoplePolicy.Grants, Optional<T>> key) {
        return forThem(true, people -> key.apply(people.grants()))
                .or(() -> forThem(false, people -> key.apply(people.grants())));
    }

    private <T> Optional<T> granted(Function<PeoplePolicy.Grants, Optional<T>> key) {
        return grant(key).map(Ruling::value);
    }

    /** @param other the table that counts where none for some users says it */
    private <T> String table(Function<PeoplePolicy.Grants, Optional<T>> key, String other) {
        return grant(key).map(Ruling::table).orElse(other);
    }

    /** The table with what {@link #asRoot} says; empty: only in templates can a user be let. So below. */
    public Optional<String> asRootTable() {
        return template.map(it -> table(PeoplePolicy.Grants::asRoot, "template." + it.name()));
    }

    public Optional<String> unfilteredTable() {
        return template.map(it -> table(PeoplePolicy.Grants::unfiltered, "template." + it.name()));
    }

    /** The table that says whether he may have /dev/net/tun. */
    public String tunTable() {
        return table(PeoplePolicy.Grants::tun, "lxc");
    }

    /** Whether the user may be root, with other ids than his own, in clones of the template. */
    public boolean asRoot() {
        return granted(PeoplePolicy.Grants::asRoot)
                .orElseGet(() -> template.filter(it -> it.access().asRoot()).isPresent());
    }

    /** Whether he may leave out the filter of system calls. */
    public boolean unfiltered() {
        return granted(PeoplePolicy.Grants::unfiltered)
                .orElseGet(() -> template.filter(it -> it.access().unfiltered()).isPresent());
    }

    /** What of the backend lxc gives him more than his own rights. */
    public LxcConfiguration lxc() {
        return new LxcConfiguration(
                granted(PeoplePolicy.Grants::bridges)
                        .orElseGet(() -> configuration.lxc().bridges()),
                granted(PeoplePolicy.Grants::tun)
                        .orElseGet(() -> configuration.lxc().tun()));
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
                leases(),
                offers());
    }

    private Map<Offer, List<String>> offers() {
        Map<Offer, List<String>> offers = new EnumMap<>(Offer.class);
        for (Offer offer : Offer.values()) {
            ruling(offer).ifPresent(ruling -> offers.put(offer, ruling.value()));
        }
        return offers;
    }

    private Optional<Ruling<List<String>>> ruling(Offer offer) {
        return ruling(permissions -> Optional.ofNullable(permissions.offers().get(offer)));
    }

    /** Why the user may not make use of an offer; empty: he may. */
    public Optional<RefusedException> offer(Offer offer) {
        return ruling(offer)
                .filter(names -> !among.test(names.value()))
                .map(names -> new RefusedException(
                        "cannot " + offer.deed() + ": not everybody may " + where(),
                        names.forSome()
                                ? offer.key() + " = true under [" + names.table() + "] in mayfly.toml lets them"
                                : offer.key() + " under [" + names.table() + "] in mayfly.toml names who may: "
                                        + orNothing(String.join(", ", names.value()))));
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
        return rootDirectories()
                .filter(roots -> !isPlain(directory)
                        || roots.value().stream()
                                .noneMatch(root -> NativePath.isAtOrUnder(directory, Bytes.utf8(root))))
                .map(roots -> new RefusedException(
                        "cannot use the directory " + directory + ": users may not run commands in it",
                        "root-dirs under [" + roots.table() + "] in mayfly.toml names those in which they may: "
                                + orNothing(String.join(", ", roots.value()))));
    }

    /** The directories in which the user may run commands without a clone; empty: wherever he could. */
    public Optional<List<String>> rootDirs() {
        return rootDirectories().map(Ruling::value);
    }

    private Optional<Ruling<List<String>>> rootDirectories() {
        return forThem(false, PeoplePolicy::rootDirs)
                .or(() -> configuration.policy().rootDirs().map(roots -> new Ruling<>(roots, POLICY, false)));
    }

    /** How many sandboxes the user may have of this at once. */
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
