package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import mayfly.clonepool.audit.Entry;
import mayfly.clonepool.config.ByteSize;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.Protocol;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.Clones;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.LockFile;
import mayfly.clonepool.store.Programs;
import mayfly.clonepool.store.Transition;
import mayfly.clonepool.store.TrustedWay;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.backend.Bounds;
import mayfly.sandbox.backend.Construction;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.backend.HostSteps;
import mayfly.sandbox.backend.Quota;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.MessageBuffer;
import mayfly.sandbox.posix.Poller;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;
import mayfly.sandbox.root.Step;

/** Makes one parked sandbox after another, from a clone to mayfly-init waiting for a command. Thread-safe. */
final class SandboxMaker {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int MOST_TRIES = 4;
    private static final int REPORT_BYTES = 4_096;
    private static final int LOG_BYTES = 64 << 10;
    private static final Bytes REPORT = Bytes.utf8("report");
    private static final List<Bytes> ENVIRONMENT = List.of(Bytes.utf8("PATH=/usr/bin:/bin"), Bytes.utf8("LC_ALL=C"));

    private static final FrameReader FROM_INIT = FrameReader.from(Sender.INIT_AT_SANDBOX);

    /**
     * What all sandboxes of one service have in common.
     *
     * @param mount the directory below which each builds its root, in a mount namespace of its own
     * @param init mayfly-init in sealed memory
     */
    record Surroundings(boolean system, Bytes enter, Bytes mount, int init) {}

    private final Surroundings surroundings;
    private final Templates templates;
    private final ClonesDirectory memoryClones;
    private final Sources sources;
    private final Reaper reaper;
    private final ControlGroups groups;
    private final CloneBudget budget;
    private final IntSupplier processes;
    private final Transition.Listener listener;
    private final HostSteps hostSteps = new HostSteps(new Programs());

    SandboxMaker(
            Surroundings surroundings,
            Templates templates,
            ClonesDirectory memoryClones,
            Sources sources,
            Reaper reaper,
            ControlGroups groups,
            CloneBudget budget,
            IntSupplier processes,
            Transition.Listener listener) {
        this.surroundings = surroundings;
        this.templates = templates;
        this.memoryClones = memoryClones;
        this.sources = sources;
        this.reaper = reaper;
        this.groups = groups;
        this.budget = budget;
        this.processes = processes;
        this.listener = listener;
    }

    /** A clone that is this sandbox's, and what to build on it. */
    private record Base(Clone used, Clones clones, Places places, String tmpfsSize, Entry.Room room, Root root) {}

    /** Makes a parked sandbox; when it cannot, nothing is left of it and its clone is destroyed. */
    Sandbox make(Shape shape) throws RefusedException {
        long start = System.nanoTime();
        try {
            Base base =
                    shape.template().isPresent() ? onTemplate(shape.template().get(), shape) : onDirectory(shape);
            try {
                long cloned = System.nanoTime();
                return start(shape, base, new Times(start, cloned));
            } catch (RefusedException | IOException | RuntimeException | Error e) {
                reaper.destroy(base.clones(), base.used());
                throw e;
            }
        } catch (IOException e) {
            throw new RefusedException("cannot start a sandbox: " + Failure.reason(e), Failure.remedy(e));
        }
    }

    private record Times(long start, long cloned) {
        String note() {
            long now = System.nanoTime();
            return String.format(
                    "made a sandbox in %.1f ms: %.1f for its clone, %.1f for its start",
                    (now - start) / 1e6, (cloned - start) / 1e6, (now - cloned) / 1e6);
        }
    }

    private Base onTemplate(String name, Shape shape) throws RefusedException, IOException {
        Template template = templates.named(name);
        templates.enter(template);
        try {
            return onClone(template, shape);
        } finally {
            templates.leave(template);
        }
    }

    private Base onClone(Template template, Shape shape) throws RefusedException, IOException {
        TemplateConfiguration configuration = template.configuration();
        Pool pool = template.pool();
        CloneStore store = pool.store();
        Clone used = take(pool);
        try {
            CloneStore.Build build = store.build(used, surroundings.mount());
            RootPlan plan = shape.ownDirectory()
                    .map(directory -> build.plan().withOverlay(directory, build.places()))
                    .orElse(build.plan());
            return new Base(
                    used,
                    store.clones(),
                    build.places(),
                    configuration.size(),
                    room(configuration),
                    new Root.Planned(plan));
        } catch (IOException | RuntimeException | Error e) {
            reaper.destroy(store.clones(), used);
            throw e;
        }
    }

    private static Entry.Room room(TemplateConfiguration configuration) {
        Optional<String> size =
                Optional.of(configuration.size()).filter(it -> !it.equals(TemplateConfiguration.DEFAULT_SIZE));
        return new Entry.Room(size, configuration.stock().quota());
    }

    /** A clone that the store knows as this sandbox's. Ready ones that somebody destroyed by hand are passed over. */
    private Clone take(Pool pool) throws RefusedException, IOException {
        Clones clones = pool.store().clones();
        for (int tries = 1; ; tries++) {
            Clone ready = pool.take();
            try {
                return clones.use(ready);
            } catch (IOException e) {
                reaper.destroy(clones, ready);
                if (tries == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    private Base onDirectory(Shape shape) throws RefusedException, IOException {
        Bytes asked = shape.root().orElseThrow();
        Bytes directory = sources.directory(asked, shape.caller());
        boolean hostsRights =
                Backend.named(shape.backend()).grants(shape.isolation()).host();
        if (hostsRights && !shape.caller().isRoot() && !directory.equals(asked)) {
            throw new RefusedException(
                    "cannot use the directory " + asked + ": a symbolic link is in the way",
                    "only root may follow it here");
        }
        budget.acquire(Clone.NO_TEMPLATE);
        Clone used;
        try {
            used = memoryClones.makeUsed();
        } catch (IOException | RuntimeException | Error e) {
            budget.release();
            throw e;
        }
        Places places = Places.inMemory(surroundings.mount());
        return new Base(
                used,
                memoryClones,
                places,
                TemplateConfiguration.DEFAULT_SIZE,
                Entry.Room.USUAL,
                new Root.Chosen(directory));
    }

    private Sandbox start(Shape shape, Base base, Times times) throws RefusedException, IOException {
        Backend backend = Backend.named(shape.backend());
        boolean hasHooks = hasHooks(shape);
        if (hasHooks && !backend.showsRoot()) {
            throw new RefusedException(
                    "cannot run hooks with backend " + backend.name()
                            + ": its sandboxes' roots cannot be shown to them",
                    "leave hooks out of the template's table");
        }
        Quota quota = backend.quota(shape.isolation());
        String name = Remains.name(base.used());
        List<Bytes> words = new ArrayList<>();
        words.add(surroundings.enter());
        for (Bytes group : groups.make(name, quota)) {
            words.addAll(Step.cgroup(group).words());
        }
        Construction construction = new Construction(
                name,
                shape.caller(),
                surroundings.system(),
                base.places(),
                new Bounds(ByteSize.bytes(base.tmpfsSize()), processes.getAsInt()),
                base.root(),
                shape.isolation(),
                sources.look(shape.binds(), shape.caller()));
        checkFollowed(backend, construction);
        words.addAll(backend.words(construction));
        Backend.Around around =
                backend.around(construction, surroundings.enter().text());
        hostSteps.take(around.before());
        boolean isLogged = backend.isLogWanted(shape.isolation());
        try (Started started = spawn(words, base, shape.caller().uid(), isLogged)) {
            listener.passed(Transition.STARTED);
            started.awaitParked();
            started.tellInit(base, shape.caller().uid());
            hostSteps.take(around.after());
            groups.limit(name, quota);
            if (hasHooks || (backend.showsRoot() && !shape.isolation().ownHooks())) {
                started.askForRoot(); // where the caller must not see it, init shows it once
            }
            List<String> startLog = isLogged ? started.readReport().lines().toList() : List.of();
            listener.passed(Transition.PARKED);
            return new Sandbox(
                    shape,
                    base.root() instanceof Root.Chosen chosen ? Optional.of(chosen.directory()) : Optional.empty(),
                    base.used(),
                    base.clones(),
                    started.takeSocket(),
                    started.takeTelling(),
                    started.pid,
                    started.takePidFd(),
                    started.takeInitPidFd(),
                    hasHooks ? started.takeView() : Optional.empty(),
                    base.room(),
                    Origin.of(shape, base.used()),
                    times.note(),
                    startLog);
        }
    }

    private static void checkFollowed(Backend backend, Construction construction) throws RefusedException {
        for (Bytes path : backend.followed(construction)) {
            try {
                TrustedWay.check(NativePath.of(path));
            } catch (IOException e) {
                throw new RefusedException(
                        "cannot mount on " + path + ": " + Failure.reason(e),
                        "make it and all above it root's and writable to root only, or name a template");
            }
        }
    }

    private boolean hasHooks(Shape shape) throws RefusedException {
        return shape.template().isPresent()
                && !templates
                        .named(shape.template().get())
                        .configuration()
                        .hooks()
                        .isEmpty();
    }

    private Started spawn(List<Bytes> words, Base base, long owner, boolean isLogged) throws IOException {
        int lock = base.clones().openLock(base.used());
        int report = -1;
        int[] sockets = {-1, -1};
        boolean started = false;
        try {
            if (!Descriptors.tryLock(lock)) {
                throw new IOException("the clone " + base.used().id() + " is another sandbox's");
            }
            LockFile.write(base.clones(), base.used(), LockFile.Holder.of(owner, Optional.empty()));
            report = isLogged ? Descriptors.growingMemory(REPORT) : Descriptors.memory(REPORT, REPORT_BYTES);
            sockets = Sockets.pair();
            int pid = new Spawn(
                            surroundings.enter(),
                            words,
                            ENVIRONMENT,
                            List.of(lock, report, report, sockets[1], surroundings.init()),
                            Optional.empty(),
                            true)
                    .start();
            Started process = new Started(pid, sockets[0], report, isLogged ? LOG_BYTES : REPORT_BYTES);
            started = true;
            return process;
        } finally {
            close(lock);
            close(sockets[1]);
            if (!started) {
                close(report);
                close(sockets[0]);
            }
        }
    }

    private static void close(int fd) {
        if (fd >= 0) {
            Descriptors.close(fd);
        }
    }

    /** A process that is on its way to become a parked sandbox. Closing it ends what was not taken from it. */
    private static final class Started implements AutoCloseable {
        private final int pid;
        private final int report;
        private final int reportBytes;
        private int socket;
        private int pidFd;
        private int telling = -1;
        private int initPidFd = -1;
        private Optional<RootView> view = Optional.empty();
        private boolean ended;

        Started(int pid, int socket, int report, int reportBytes) throws IOException {
            this.pid = pid;
            this.socket = socket;
            this.report = report;
            this.reportBytes = reportBytes;
            try {
                this.pidFd = Processes.pidFd(pid);
            } catch (IOException e) {
                kill(pid);
                throw e;
            }
        }

        /** Waits for mayfly-init's word that it waits for a command. */
        void awaitParked() throws RefusedException, IOException {
            MessageBuffer incoming = new MessageBuffer(Protocol.LENGTH_BYTES + Protocol.SANDBOX_FRAME_BYTES);
            long deadline = System.nanoTime() + LIMIT.toNanos();
            try (Poller poller = new Poller(1)) {
                poller.add(socket, Poller.IN, 0);
                while (true) {
                    long left = (deadline - System.nanoTime()) / 1_000_000;
                    if (left <= 0) {
                        throw new RefusedException("cannot start a sandbox: it was not ready within "
                                + LIMIT.toSeconds() + " s" + reported());
                    }
                    if (poller.await((int) left) == 0) {
                        continue;
                    }
                    if (incoming.receive(socket) <= 0) {
                        throw failure();
                    }
                    // A few bytes, which the kernel does not divide.
                    FROM_INIT.read(incoming.data().flip());
                    if (incoming.descriptors() > 0) {
                        telling = incoming.take();
                    }
                    if (incoming.descriptors() > 0) {
                        initPidFd = incoming.take();
                    }
                    checkOutermost();
                    return;
                }
            } finally {
                incoming.closeReceived();
            }
        }

        /** From its word on, mayfly-init dies with the outermost process. Before that, somebody could have killed only that one. */
        private void checkOutermost() throws RefusedException, IOException {
            if (Processes.hasEnded(pidFd)) {
                throw failure();
            }
        }

        /** So that a later service knows too when all of the sandbox has ended. */
        void tellInit(Base base, long owner) throws IOException {
            if (initPidFd >= 0) {
                LockFile.write(base.clones(), base.used(), LockFile.Holder.of(owner, Processes.identityOf(initPidFd)));
            }
        }

        /** For the hooks of its template; whoever does not take it has it closed. */
        void askForRoot() throws IOException {
            view = Optional.of(RootView.ask(socket, LIMIT));
        }

        Optional<RootView> takeView() {
            Optional<RootView> taken = view;
            view = Optional.empty();
            return taken;
        }

        int takeSocket() {
            int taken = socket;
            socket = -1;
            return taken;
        }

        int takeTelling() {
            int taken = telling;
            telling = -1;
            return taken;
        }

        int takePidFd() {
            int taken = pidFd;
            pidFd = -1;
            return taken;
        }

        int takeInitPidFd() {
            int taken = initPidFd;
            initPidFd = -1;
            return taken;
        }

        @Override
        public void close() throws IOException {
            SandboxMaker.close(socket);
            SandboxMaker.close(telling);
            SandboxMaker.close(initPidFd);
            view.ifPresent(RootView::close);
            if (pidFd >= 0) {
                end();
                Descriptors.close(pidFd);
            }
            SandboxMaker.close(report);
        }

        /** What is left of it belongs to the caller, who may have stopped it: it is not waited for but killed. */
        private void end() throws IOException {
            if (!ended) {
                kill(pid);
                ended = true;
            }
        }

        /**
         * Its group goes with it: a child that waits for a word of its parent would wait for ever. One that the kernel keeps in a call,
         * as of a filesystem of the caller's that does not answer, keeps nobody here.
         */
        private static void kill(int pid) throws IOException {
            Processes.kill(-pid, Kernel.SIGKILL);
            Processes.kill(pid, Kernel.SIGKILL);
            if (Processes.await(pid, System.nanoTime() + PATIENCE.toNanos()).isEmpty()) {
                Processes.reapLater(pid);
            }
        }

        /** All that had the socket are gone: what went wrong has been reported. */
        private RefusedException failure() throws IOException {
            end();
            return StartFailure.of(readReport());
        }

        private String reported() throws IOException {
            String report = readReport().strip();
            return report.isEmpty() ? "" : ": " + report;
        }

        private String readReport() throws IOException {
            Bytes all = Descriptors.content(report, reportBytes);
            int end = all.indexOf('\0', 0);
            return all.slice(0, end < 0 ? all.length() : end).text();
        }
    }
}
