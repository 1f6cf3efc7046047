package mayfly.clonepool.service;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Identity.RootAndRange;
import mayfly.sandbox.Identity.RootOfRange;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.options.RunRequest;

/**
 * Who a command is in its sandbox, decided by what was asked for, by whom and in which template. Root of a range can read
 * everything in the clone, whoever owns it: hence only clones of templates for which that is permitted have one, and never
 * the machine's own system. For the door's thread.
 */
public final class IdentityChoice {
    private static final long USUAL = RootOfRange.USUAL;
    private static final List<Path> MAPPERS = List.of(Path.of("/usr/bin/newuidmap"), Path.of("/usr/bin/newgidmap"));

    private final IdFiles files;
    private final boolean system;
    private final boolean mappers;

    /** @param system whether the service is root and builds for others */
    IdentityChoice(IdFiles files, boolean system) {
        this(files, system, MAPPERS.stream().allMatch(Files::isExecutable));
    }

    /** Whether /etc/subuid and /etc/subgid give the user ids to be root of, where he may be. */
    public static boolean hasRange(Caller user) throws RefusedException {
        return new IdentityChoice(IdFiles.ofThisMachine(), true).given(user).isPresent();
    }

    /** @param mappers whether the programs are there that give a user his range without root */
    IdentityChoice(IdFiles files, boolean system, boolean mappers) {
        this.files = files;
        this.system = system;
        this.mappers = mappers;
    }

    /**
     * @param template empty when the run is in a directory itself
     * @param mayBeRoot whether the caller may be root, with other ids than his own, in clones of the template
     */
    Identity choose(RunRequest request, Caller caller, Optional<Template> template, boolean mayBeRoot)
            throws RefusedException {
        if (request.uidBase().isPresent()) {
            IdRange uids = new IdRange(request.uidBase().getAsLong(), USUAL);
            IdRange gids = new IdRange(request.gidBase().orElseThrow(), USUAL);
            return range(uids, gids, caller, template, mayBeRoot);
        }
        return request.asRoot() ? root(caller, template, mayBeRoot) : Identity.OWN;
    }

    /** As {@code -u} and {@code -g} say. */
    private Identity range(IdRange uids, IdRange gids, Caller caller, Optional<Template> template, boolean mayBeRoot)
            throws RefusedException {
        String cannot = "cannot use the ids " + uids + (gids.equals(uids) ? "" : " and the group ids " + gids) + ": ";
        if (!system) {
            throw new RefusedException(
                    cannot + "that takes a service of root's",
                    "--as-root makes you uid 0, with your range of /etc/subuid where you have one");
        }
        if (isHost(template)) {
            throw new RefusedException(
                    cannot + "in template host they would own, and could read, every file of this machine",
                    "name another template with --template; --as-root makes you uid 0 alone");
        }
        if (!caller.isRoot()) {
            checkPermitted(cannot, template, mayBeRoot);
            checkOwn(cannot, uids, files.uids(caller.uid()), "/etc/subuid");
            checkOwn(cannot, gids, files.gids(caller.uid()), "/etc/subgid");
        }
        checkFree(cannot, uids, gids);
        return new RootOfRange(uids.first(), gids.first(), USUAL);
    }

    private static void checkPermitted(String cannot, Optional<Template> template, boolean mayBeRoot)
            throws RefusedException {
        if (template.isEmpty()) {
            throw new RefusedException(
                    cannot + "only root may in a directory itself, where files of theirs would be root's",
                    "leave out --root, or use --as-root");
        }
        if (!mayBeRoot) {
            throw new RefusedException(
                    cannot + "nobody but root and its maintainers may be root in template "
                            + template.get().name(),
                    "as-root = true in mayfly.toml permits it to its users, who can then read all that is in it");
        }
    }

    private static void checkOwn(String cannot, IdRange asked, List<IdRange> own, String file) throws RefusedException {
        if (own.stream().noneMatch(range -> range.contains(asked))) {
            String yours = own.stream().map(IdRange::toString).collect(Collectors.joining(", "));
            throw new RefusedException(
                    cannot + file + " does not give you all of them",
                    yours.isEmpty()
                            ? "it gives you none; root can change that with usermod --add-subuids --add-subgids"
                            : "it gives you " + yours);
        }
    }

    /** Whoever has an account is to stay the only one who is him, on the host's side of binds above all. */
    private void checkFree(String cannot, IdRange uids, IdRange gids) throws RefusedException {
        Optional<String> owner = files.ownerIn(uids, gids);
        if (owner.isPresent()) {
            throw new RefusedException(
                    cannot + owner.get() + " of this machine is among them",
                    "take a range without accounts: 100000 is the first in most cases");
        }
    }

    /** As {@code --as-root} says: the more ids the better. */
    private Identity root(Caller caller, Optional<Template> template, boolean mayBeRoot) throws RefusedException {
        if (caller.isRoot()) {
            return Identity.OWN; // root of the sandbox already, with all ids
        }
        if (isHost(template)) {
            return Identity.ROOT_ALONE;
        }
        if (!system) {
            Optional<RootAndRange> own = ownRange(caller);
            return own.isPresent() ? own.get() : Identity.ROOT_ALONE;
        }
        Optional<RootOfRange> range = mayBeRoot ? given(caller) : Optional.empty();
        if (range.isEmpty()) {
            return Identity.ROOT_ALONE;
        }
        IdRange users = new IdRange(range.get().uid(), range.get().count());
        checkFree(
                "cannot use your ids " + users + ": ",
                users,
                new IdRange(range.get().gid(), range.get().count()));
        return range.get();
    }

    /** What a user can be root of without root's service, beside himself. */
    Optional<RootAndRange> ownRange(Caller caller) throws RefusedException {
        return mappers
                ? given(caller).map(range -> new RootAndRange(range.uid(), range.gid(), range.count()))
                : Optional.empty();
    }

    private Optional<RootOfRange> given(Caller caller) throws RefusedException {
        Optional<IdRange> uids = best(files.uids(caller.uid()));
        Optional<IdRange> gids = best(files.gids(caller.uid()));
        if (uids.isEmpty() || gids.isEmpty()) {
            return Optional.empty();
        }
        long most = Math.min(uids.get().count(), gids.get().count());
        return Optional.of(new RootOfRange(uids.get().first(), gids.get().first(), Math.min(USUAL, most)));
    }

    /** The first that has as many ids as are usual, else the one with the most. */
    private static Optional<IdRange> best(List<IdRange> ranges) {
        return ranges.stream()
                .filter(range -> range.count() >= USUAL)
                .findFirst()
                .or(() -> ranges.stream().max((a, b) -> Long.compare(a.count(), b.count())));
    }

    private static boolean isHost(Optional<Template> template) {
        return template.filter(clone -> clone.configuration().isHost()).isPresent();
    }
}
