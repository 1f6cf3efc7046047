package mayfly.sandbox.root;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.RefusedException;

/**
 * One step of mayfly-enter: its name and the words after it, as docs/architecture.md lists them. All paths are
 * absolute.
 */
public record Step(List<Bytes> words) {
    /** What a mount point is. */
    public enum Kind {
        DIRECTORY,
        FILE
    }

    public Step {
        words = List.copyOf(words);
    }

    private static final Bytes OVERLAY = Bytes.utf8("overlay");
    private static final Bytes TOP = Bytes.utf8("/");
    private static final Bytes BIND = Bytes.utf8("bind");
    private static final Bytes ZFS = Bytes.utf8("zfs");
    private static final Bytes DIRECTORY = Bytes.utf8("directory");

    /** The directory under the overlay, if this step mounts one. */
    Optional<Bytes> lower() {
        return words.get(0).equals(OVERLAY) ? Optional.of(words.get(1)) : Optional.empty();
    }

    /** The ZFS dataset that this step mounts, if it does. */
    public Optional<Bytes> dataset() {
        return words.get(0).equals(ZFS) ? Optional.of(words.get(1)) : Optional.empty();
    }

    /** The directory that this step makes one like, if it does. */
    Optional<Bytes> like() {
        return words.get(0).equals(DIRECTORY) ? Optional.of(words.get(1)) : Optional.empty();
    }

    /**
     * The steps that do the same with a clone whose owners are ids of the range.
     *
     * @param lower a directory that they may make
     * @throws IllegalStateException when this step does not bring in a whole clone
     */
    List<Step> mapped(Bytes lower) throws RefusedException {
        if (words.get(1).equals(TOP)) {
            throw new RefusedException(
                    "cannot use other ids in /: they would own, and could read, every file of this machine",
                    "name a template or another directory");
        }
        if (words.get(0).equals(BIND)) {
            return List.of(bindMapped(words.get(1), words.get(2)));
        }
        if (words.get(0).equals(ZFS)) {
            return List.of(zfs(words.get(1), lower), bindMapped(lower, words.get(2)));
        }
        if (words.get(0).equals(OVERLAY)) {
            return List.of(bindMapped(words.get(1), lower), overlay(lower, words.get(2), words.get(3)));
        }
        throw new IllegalStateException("no step of a clone: " + words.get(0));
    }

    /** The words of mayfly-enter before those of the program, which are to be added. */
    public static List<Bytes> beforeProgram(List<Step> steps) {
        List<Bytes> words = new ArrayList<>();
        for (Step step : steps) {
            words.addAll(step.words());
        }
        words.add(Bytes.utf8("--"));
        return words;
    }

    private static Step of(String name, Bytes... words) {
        Bytes[] all = new Bytes[words.length + 1];
        all[0] = Bytes.utf8(name);
        System.arraycopy(words, 0, all, 1, words.length);
        return new Step(List.of(all));
    }

    public static Step privateMounts() {
        return of("private");
    }

    public static Step userPrivate(Caller user) {
        return of("user-private", number(user.uid()), number(user.gid()));
    }

    public static Step userRange(Caller user, Identity.RootAndRange range) {
        return of(
                "user-range",
                number(user.uid()),
                number(user.gid()),
                number(range.uid()),
                number(range.gid()),
                number(range.count()));
    }

    public static Step ids(Identity.RootOfRange range) {
        return of("ids", number(range.uid()), number(range.gid()), number(range.count()));
    }

    /** Unlike {@link #ids}, nothing is mounted for it. */
    public static Step allIds() {
        return of("all-ids");
    }

    /** The user's ids alone; who enters it keeps his groups. */
    public static Step oneId(Caller user, long insideUid, long insideGid) {
        return of("one-id", number(user.uid()), number(user.gid()), number(insideUid), number(insideGid));
    }

    /** After {@link #ids}, {@link #allIds} or {@link #oneId}. */
    public static Step enterIds() {
        return of("enter-ids");
    }

    /** @param size in bytes; it has whole pages, and as many files */
    public static Step tmpfs(long size, Bytes directory) {
        return of("tmpfs", number(size), directory);
    }

    /** Nothing is to be seen in the directory. */
    public static Step cover(Bytes directory) {
        return tmpfs(4096, directory);
    }

    public static Step directory(Bytes like, Bytes directory) {
        return of("directory", like, directory);
    }

    public static Step symlink(Bytes target, Bytes path) {
        return of("symlink", target, path);
    }

    public static Step owner(long uid, long gid, Bytes directory) {
        return of("owner", number(uid), number(gid), directory);
    }

    public static Step overlay(Bytes lower, Bytes scratch, Bytes directory) {
        return of("overlay", lower, scratch, directory);
    }

    public static Step bind(Bytes source, Bytes directory) {
        return new Step(List.of(BIND, source, directory));
    }

    /**
     * After {@link #privateMounts}.
     *
     * @param directory a path without symbolic links that the user can enter
     */
    public static Step bindAs(Caller user, Bytes directory, Bytes target) {
        return of("bind-as", number(user.uid()), number(user.gid()), Bytes.utf8(user.groupList()), directory, target);
    }

    /** After {@link #ids}. */
    public static Step bindMapped(Bytes source, Bytes directory) {
        return of("bind-mapped", source, directory);
    }

    public static Step bindReadonly(Bytes source, Bytes directory) {
        return of("bind-readonly", source, directory);
    }

    public static Step treeReadonly(Bytes source, Bytes directory) {
        return of("tree-readonly", source, directory);
    }

    /** @param dataset a ZFS dataset's name */
    public static Step zfs(Bytes dataset, Bytes directory) {
        return new Step(List.of(ZFS, dataset, directory));
    }

    public static Step harden(Bytes directory) {
        return of("harden", directory);
    }

    /** After {@link #privateMounts}. */
    public static Step followNone(Bytes directory) {
        return of("follow-none", directory);
    }

    public static Step copy(Bytes file, Bytes path) {
        return of("copy", file, path);
    }

    public static Step target(Bytes root, Bytes path, Kind kind) {
        return of("target", root, path, word(kind));
    }

    public static Step needTarget(Bytes root, Bytes path, Kind kind) {
        return of("need-target", root, path, word(kind));
    }

    public static Step lockAside() {
        return of("lock-aside");
    }

    public static Step identity() {
        return of("identity");
    }

    /** On FreeBSD: with the parameters of the steps before it. */
    public static Step jail(String name, Bytes root) {
        return of("jail", Bytes.utf8(name), root);
    }

    /** On FreeBSD, after {@link #jail}: who has logged in, getlogin(2); empty: nobody whose name is known. */
    public static Step login(Optional<Bytes> name) {
        return of("login", name.orElse(Bytes.utf8("-")));
    }

    public static Step groups(Caller user) {
        return of("groups", Bytes.utf8(user.groupList()));
    }

    public static Step user(Caller user) {
        return of("user", number(user.uid()), number(user.gid()), Bytes.utf8(user.groupList()));
    }

    /** @param directory of the control group in its hierarchy */
    public static Step cgroup(Bytes directory) {
        return of("cgroup", directory);
    }

    public static Step pidNamespace() {
        return of("pid");
    }

    public static Step proc(Bytes directory) {
        return of("proc", directory);
    }

    public static Step procReadonly(Bytes directory) {
        return of("proc-readonly", directory);
    }

    public static Step devpts(Bytes directory) {
        return of("devpts", directory);
    }

    public static Step pivot(Bytes root) {
        return of("pivot", root);
    }

    /** @param kinds {@code ipc}, {@code uts}, {@code cgroup}, {@code net}, with commas between */
    public static Step namespaces(String kinds) {
        return of("namespaces", Bytes.utf8(kinds));
    }

    /** @param kept their names without {@code CAP_} */
    public static Step capabilities(List<String> kept) {
        return of("capabilities", Bytes.utf8(kept.isEmpty() ? "-" : String.join(",", kept)));
    }

    private static Bytes word(Kind kind) {
        return Bytes.utf8(kind == Kind.DIRECTORY ? "directory" : "file");
    }

    private static Bytes number(long number) {
        return Bytes.utf8(Long.toString(number));
    }
}
