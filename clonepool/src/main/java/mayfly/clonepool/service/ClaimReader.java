package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import mayfly.clonepool.config.Permissions.Offer;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.store.OverlayStore;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.Identity;
import mayfly.sandbox.Isolation;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Seccomp;
import mayfly.sandbox.Shape;
import mayfly.sandbox.Variables;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.options.RunOptions;
import mayfly.sandbox.options.RunRequest;
import mayfly.sandbox.options.SessionWish;

/** Turns a claim into the shape that it needs, and into what the client has to know. For the door's thread. */
final class ClaimReader {
    private static final int FIXED_BYTES = 1024;
    private static final int STRING_BYTES = 64;
    private static final String NO_FILTER = "DISABLE_SECCOMP_WRAPPER";

    /**
     * A claim, read and permitted.
     *
     * @param templateReplaced whether sandboxes of the template that were parked before are not as new ones are
     */
    record Claim(
            Shape shape,
            RunRequest request,
            int flags,
            Optional<Bytes> chdir,
            boolean wantsShell,
            boolean templateReplaced) {
        /** What is to be mounted into the sandbox when it is claimed. */
        List<Bind> lateBinds() {
            return shape.binds().isEmpty() ? request.binds() : List.of();
        }

        /** About what it takes in memory. */
        int keptBytes() {
            int bytes = FIXED_BYTES;
            for (Bytes variable : request.env()) {
                bytes += STRING_BYTES + variable.length();
            }
            for (Bind bind : request.binds()) {
                bytes += 2 * STRING_BYTES
                        + bind.source().length()
                        + bind.destination().length();
            }
            return bytes + shape.root().map(Bytes::length).orElse(0);
        }

        /** The answer, with the user's shell if the claim wants it. */
        Frame.Claimed answer(Optional<Bytes> shell, String origin, List<String> notes) {
            return new Frame.Claimed(
                    request.first(), flags, shell, chdir, request.env(), request.statusFd(), origin, notes);
        }
    }

    private final RunOptions options = new RunOptions();
    private final Templates templates;
    private final Settings settings;
    private final Map<String, String> directories = new HashMap<>();
    private final HostSystem hostSystem;
    private final boolean system;
    private final IdentityChoice identities;
    private final RunPolicy policy;

    /** @param system whether the service is root and builds for others */
    ClaimReader(Templates templates, Settings settings, HostSystem hostSystem, boolean system, RunPolicy policy) {
        this.policy = policy;
        this.system = system;
        this.identities = new IdentityChoice(IdFiles.ofThisMachine(), system);
        this.hostSystem = hostSystem;
        this.templates = templates;
        this.settings = settings;
    }

    /** What the options say. */
    RunRequest request(Frame.Claim frame) throws RefusedException {
        return options.read(frame.words(), frame.truncated()).in(frame.cwd());
    }

    /** Whether the caller's shell is to be run, or nothing at all. */
    static boolean hasNoCommand(RunRequest request, Frame.Claim frame) {
        return request.first() == frame.words().size() && !frame.truncated();
    }

    /** The name of the template that a request names. */
    Optional<String> templateName(String asked) {
        return templates.find(asked).map(Template::name);
    }

    /** The answer to a command in a session, that of this number. */
    Frame.Claimed inSession(
            RunRequest request, Frame.Claim frame, SessionRecord session, Optional<Bytes> shell, OptionalLong command)
            throws RefusedException {
        boolean host = session.isOnHost();
        boolean noCommand = request.session()
                .filter(wish -> wish.manner() == SessionWish.Manner.START)
                .isPresent();
        List<Bytes> env = new ArrayList<>(request.env());
        env.addAll(session.variables());
        return new Frame.Claimed(
                request.first(),
                flags(request, host) | Protocol.FLAG_SESSION | (noCommand ? Protocol.FLAG_NO_COMMAND : 0),
                shell,
                chdir(request, host, frame.cwd()),
                env,
                request.statusFd(),
                session.origin() + ",\"session\":\"" + session.key().name() + "\"",
                request.trace() ? List.of("in session " + session.key().name()) : List.of(),
                command);
    }

    /** @param master whether he is root, or the service is his own */
    Claim read(RunRequest request, Frame.Claim frame, Caller caller, boolean master) throws RefusedException {
        String backendName = request.backend().orElse(settings.now().defaultBackend());
        Backend backend = Backend.named(backendName);
        if (request.wantsDesktop()) {
            backend.checkDesktop();
        }
        if (request.uidBase().isPresent() || (request.asRoot() && !caller.isRoot())) {
            backend.checkIds();
        }
        Variables variables = Variables.of(frame.variables());
        Optional<Template> template = request.root().isPresent()
                ? Optional.empty()
                : Optional.of(permitted(request.template().orElse(settings.now().defaultTemplate()), caller));
        boolean host = template.isPresent() && template.get().configuration().isHost();
        if (host) {
            hostSystem.check();
        }
        Optional<Bytes> chdir = chdir(request, host, frame.cwd());
        Optional<Bytes> own = host
                ? chdir.or(frame::cwd).flatMap(directory -> hostSystem.ownDirectory(directory, caller))
                : Optional.empty();
        boolean replaced = template.isPresent() && isReplaced(template.get());
        Optional<String> name = template.map(Template::name);
        Shape shape = new Shape(
                caller,
                name,
                backendName,
                isolation(
                        request,
                        identities.choose(
                                request,
                                caller,
                                template,
                                template.filter(it -> policy.letsBeRoot(caller, it))
                                        .isPresent()),
                        seccomp(variables, template, master || policy.letsBeUnfiltered(caller, template)),
                        backend.settings(variables)),
                system && backend.bindsLate() ? List.of() : request.binds(),
                request.root(),
                own);
        if (!policy.lets(shape, Offer.HOOKS)) {
            shape = shape.in(shape.isolation().withoutOwnHooks());
        }
        try {
            backend.check(shape, system);
            policy.check(shape, backend);
        } catch (RefusedException e) {
            throw request.backend().isPresent() || backendName.equals(Backend.defaultName())
                    ? e
                    : new RefusedException(
                            e.getMessage(),
                            "name another one with --backend: " + backendName + " is default-backend in mayfly.toml");
        }
        boolean noCommand = hasNoCommand(request, frame);
        int flags = flags(request, host) | (backend.isLogWanted(shape.isolation()) ? Protocol.FLAG_TRACE : 0);
        return new Claim(shape, request, flags, chdir, noCommand, replaced);
    }

    private static Seccomp seccomp(Variables variables, Optional<Template> template, boolean mayLeaveOut)
            throws RefusedException {
        if (!variables.isOn(NO_FILTER)) {
            return template.map(it -> it.configuration().access().seccomp()).orElse(Seccomp.DEFAULT);
        }
        if (!mayLeaveOut) {
            throw new RefusedException(
                    "cannot leave out the filter of system calls: only root may",
                    "unset " + NO_FILTER + "; unfiltered = true in a template's table of mayfly.toml lets its users");
        }
        return Seccomp.NONE;
    }

    private static Isolation isolation(
            RunRequest request, Identity identity, Seccomp seccomp, Map<String, String> settings) {
        Isolation isolation = new Isolation(request.shareNet(), identity, seccomp, settings);
        // X11's libraries try a display's abstract socket first, and nothing else when that is forbidden.
        return request.shareNet() && request.x11().isPresent() ? isolation.withAbstractSockets() : isolation;
    }

    /** Whether the directory under an overlay template is another one than at the last claim. */
    private boolean isReplaced(Template template) {
        boolean overlay = template.pool().store() instanceof OverlayStore;
        if (template.configuration().isHost()
                || !overlay
                || template.pool().snapshot().isPresent()) {
            return false;
        }
        String now;
        try {
            Path directory = NativePath.of(Bytes.utf8(template.configuration().where()));
            now = String.valueOf(
                    Files.readAttributes(directory, BasicFileAttributes.class).fileKey());
        } catch (IOException e) {
            now = "none"; // whoever makes a sandbox of it says so
        }
        String before = directories.put(template.name(), now);
        return before != null && !before.equals(now);
    }

    /** Whether nobody gets sandboxes of the shape just now, by an order. */
    boolean isClosed(Shape shape) {
        return shape.template().filter(templates::isClosed).isPresent();
    }

    /** Refuses a caller who may not use the session's template, or not any more; one that is gone asks for nothing. */
    void checkSession(SessionRecord session, Caller caller) throws RefusedException {
        Optional<Template> template = session.template().flatMap(templates::find);
        if (template.isPresent() && !template.get().mayBeUsedBy(caller)) {
            throw notFor(template.get().name(), caller);
        }
    }

    private static RefusedException notFor(String template, Caller caller) {
        return new RefusedException(
                "cannot use template " + template + ": it is not for user " + caller.uid(),
                "mayfly template list shows the templates");
    }

    private Template permitted(String name, Caller caller) throws RefusedException {
        Template template = templates.named(name);
        if (!template.mayBeUsedBy(caller)) {
            throw notFor(name, caller);
        }
        templates.checkOpen(template);
        return template;
    }

    private static int flags(RunRequest request, boolean host) {
        int flags = request.ignoreSigint() ? Protocol.FLAG_IGNORE_SIGINT : 0;
        flags |= request.quiet() ? Protocol.FLAG_QUIET : 0;
        flags |= request.trace() ? Protocol.FLAG_TRACE : 0;
        flags |= host && request.chdir().isEmpty() ? Protocol.FLAG_CALLERS_DIRECTORY : 0;
        return flags;
    }

    private static Optional<Bytes> chdir(RunRequest request, boolean host, Optional<Bytes> cwd)
            throws RefusedException {
        Optional<Bytes> chdir = request.chdir();
        if (chdir.isEmpty() || chdir.get().at(0) == '/') {
            return chdir;
        }
        if (!host) {
            throw new RefusedException(
                    "cannot use the working directory " + chdir.get() + ": it does not begin with /",
                    "only the template host has the directories that you are in");
        }
        return Optional.of(RunRequest.resolve(chdir.get(), cwd));
    }
}
