package mayfly.sandbox.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/**
 * What a client asked for.
 *
 * @param first index of the command in the client's argument vector
 * @param root the directory of {@code -t}
 * @param chdir the directory of {@code -p}, as it was given
 * @param env {@code NAME=VALUE}, or {@code NAME} to pass the caller's on
 * @param uidBase of {@code -u}; with {@code gidBase} or neither
 * @param refill what is to be done in place of a run
 * @param session which its command is to run in
 */
public record RunRequest(
        int first,
        Optional<String> backend,
        Optional<String> template,
        Optional<Bytes> root,
        boolean shareNet,
        Optional<Bytes> chdir,
        List<Bind> binds,
        List<Bytes> env,
        boolean ignoreSigint,
        boolean quiet,
        boolean trace,
        OptionalInt statusFd,
        OptionalLong uidBase,
        OptionalLong gidBase,
        boolean asRoot,
        Optional<X11> x11,
        boolean pulseaudio,
        Optional<Refill> refill,
        Optional<SessionWish> session) {
    public RunRequest {
        binds = List.copyOf(binds);
        env = List.copyOf(env);
    }

    /** No option at all. */
    static RunRequest plain(int first) {
        return new RunRequest(
                first,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                false,
                false,
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                false,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty());
    }

    /** The same request with the host's paths absolute: relative ones begin at the caller's working directory. */
    public RunRequest in(Optional<Bytes> cwd) throws RefusedException {
        if (root.isEmpty() && binds.isEmpty()) {
            return this;
        }
        List<Bind> absolute = new ArrayList<>(binds.size());
        for (Bind bind : binds) {
            absolute.add(new Bind(resolve(bind.source(), cwd), bind.destination(), bind.readOnly()));
        }
        Optional<Bytes> absoluteRoot = root.isPresent() ? Optional.of(resolve(root.get(), cwd)) : root;
        return copy(absoluteRoot, absolute, env, session);
    }

    /**
     * The same request with more binds and variables, which come after its own.
     *
     * @param given binds at places that no other bind may lie at, in or around
     * @param masks binds over what the request's own binds show
     */
    public RunRequest with(List<Bind> given, List<Bind> masks, List<Bytes> variables) throws RefusedException {
        List<Bind> all = new ArrayList<>(binds);
        all.addAll(given);
        BindWord.checkDestinations(all);
        all.addAll(masks);
        List<Bytes> set = new ArrayList<>(env);
        set.addAll(variables);
        return copy(root, all, set, session);
    }

    /** The same request for a session. */
    RunRequest inSession(Optional<SessionWish> wish) {
        return wish.isEmpty() ? this : copy(root, binds, env, wish);
    }

    private RunRequest copy(
            Optional<Bytes> otherRoot,
            List<Bind> otherBinds,
            List<Bytes> otherEnv,
            Optional<SessionWish> otherSession) {
        return new RunRequest(
                first,
                backend,
                template,
                otherRoot,
                shareNet,
                chdir,
                otherBinds,
                otherEnv,
                ignoreSigint,
                quiet,
                trace,
                statusFd,
                uidBase,
                gidBase,
                asRoot,
                x11,
                pulseaudio,
                refill,
                otherSession);
    }

    /** Whether it is to have something of the caller's desktop: his display or his sound. */
    public boolean wantsDesktop() {
        return x11.isPresent() || pulseaudio;
    }

    /** The path, or the path beneath the working directory when it is relative. */
    public static Bytes resolve(Bytes path, Optional<Bytes> cwd) throws RefusedException {
        if (path.at(0) == '/') {
            return path;
        }
        if (cwd.isEmpty()) {
            throw new RefusedException(
                    "cannot use the path " + path + ": the working directory has been deleted",
                    "give a path that begins with /");
        }
        return NativePath.join(cwd.get(), path);
    }
}
