package mayfly.clonepool.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import mayfly.clonepool.audit.AuditLog;
import mayfly.clonepool.config.Configuration;
import mayfly.clonepool.config.ConfigurationException;
import mayfly.clonepool.config.ConfigurationFile;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.config.TemplateConfiguration.Upper;
import mayfly.clonepool.desktop.CallersPrograms;
import mayfly.clonepool.desktop.Cookies;
import mayfly.clonepool.desktop.Desktop;
import mayfly.clonepool.pool.CloneBudget;
import mayfly.clonepool.protocol.Frame;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.DirectoryLocks;
import mayfly.clonepool.store.DiskImage;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Programs;
import mayfly.clonepool.store.Stores;
import mayfly.clonepool.store.Transition;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.JailRemains;
import mayfly.sandbox.posix.Accounts;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.FileModes;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.SystemPlaces;
import mayfly.sandbox.root.Places;

/**
 * The process that owns pools and parks sandboxes: for the whole system when it is root, else for its own user. Ends
 * on SIGTERM, SIGINT, when asked to, and, as a user's own or at an inherited socket, when it was idle for long; running
 * commands go on then.
 */
public final class Service implements Door.Desk, EventLoop.Clock {
    /** For parked sandboxes to end, when the service does. */
    private static final Duration DRAINING = Duration.ofSeconds(3);

    private static final String VERSION_FILE = "/META-INF/maven/mayfly/clonepool/pom.properties";
    private static final Path USUAL = Path.of(SystemPlaces.RUNTIME);
    private static final Path CONTROL_GROUPS = Path.of("/sys/fs/cgroup");

    private final Settings settings;
    private final Entrance entrance;
    private final Notifier notifier;
    private final Reloading reloading;
    private final Optional<Caller> owner;
    private final Optional<DiskImage> disk;
    private final Log log;
    private final EventLoop loop;
    private final Workers workers = new Workers();
    private final Reaper reaper;
    private final Trail trail;
    private final Door door;
    private final HostWatch hostWatch;
    private final Leases leases;
    private final Administration administration;
    private final Status status;
    private final Listeners listeners;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long stopBy = Long.MAX_VALUE;

    private Service(
            ServiceOptions options,
            Settings settings,
            Optional<Caller> owner,
            RuntimeDirectory runtime,
            Givens givens,
            Optional<DiskImage> disk,
            DirectoryLocks locks,
            Log log,
            Transition.Listener listener)
            throws RefusedException, IOException {
        this.settings = settings;
        this.entrance = new Entrance(runtime, givens.door());
        this.notifier = givens.notifier();
        this.disk = disk;
        this.log = log;
        this.owner = owner;
        this.loop = new EventLoop(log);
        this.door = new Door(loop, this, owner, log);

        Bytes enter = program(options.libDir(), "mayfly-enter");
        Bytes init = program(options.libDir(), "mayfly-init");
        HostSystem host = HostSystem.ofThisMachine(runtime.path(), kept(options.dataDir()), home());
        boolean system = owner.isEmpty();
        Stores stores = new Stores(
                new Stores.Surroundings(
                        system,
                        runtime.path(),
                        options.dataDir(),
                        path(options.libDir(), "mayfly-zfs"),
                        enter,
                        host::plan,
                        listener),
                locks);
        CloneBudget budget = new CloneBudget(() -> settings.limits().clones());
        ControlGroups groups = new ControlGroups(CONTROL_GROUPS);
        RangeFiles rangeFiles = new RangeFiles(enter, owner, log);
        this.reaper = system
                ? new Reaper(
                        workers,
                        budget,
                        rangeFiles,
                        log,
                        new Remains(groups, JailRemains.ofThisSystem(new Programs(), enter), runtime.mount())::remove)
                : new Reaper(workers, budget, rangeFiles, log);
        AuditLog audit = new AuditLog(settings.now().audit(), isUsual(options), log::line);
        this.listeners = new Listeners(loop, system, path(options.libDir(), "mayfly-listen"), runtime.path(), log);
        this.trail = new Trail(audit, listeners::named);
        reaper.tell(heir());
        Opening opening = new Opening(stores, budget, workers, reaper, parkedKeeper(), log);
        Templates templates = opening.open(settings.now());
        People people = new People(settings.now(), log);
        RunPolicy policy = new RunPolicy(
                settings,
                templates,
                people,
                system,
                NativePath.bytes(runtime.path().toRealPath()));
        this.hostWatch = new HostWatch(loop, host, log);
        CallersPrograms programs = new CallersPrograms(enter, system);
        Desktop desktop = new Desktop(programs, Cookies.open(runtime.cookies(), system));
        SandboxMaker maker = new SandboxMaker(
                new SandboxMaker.Surroundings(system, enter, runtime.mount(), executable(init)),
                templates,
                stores.memory(),
                new Sources(programs),
                reaper,
                groups,
                budget,
                () -> settings.limits().processes(),
                listener);
        this.leases = new Leases(
                loop,
                door,
                settings::limits,
                new Leases.Colleagues(
                        new ClaimReader(templates, settings, host, system, policy),
                        templates,
                        maker,
                        workers,
                        reaper,
                        hostWatch,
                        new Shells(loop, workers, log),
                        new Logins(settings),
                        system ? binder(options, runtime) : Optional.empty(),
                        new Desktops(loop, workers, desktop, log),
                        SessionFiles.open(runtime.sessions(), log),
                        trail,
                        policy,
                        listener),
                log);
        Clearance clearance = new Clearance(templates, commands(), reaper);
        this.administration = new Administration(
                loop,
                door,
                templates,
                new Operations(() -> settings.limits().clones(), clearance, Clock.systemUTC(), log),
                log);
        this.status = new Status(settings, templates, listeners, version());
        this.reloading = new Reloading(
                loop,
                () -> read(options),
                settings,
                List.of(
                        Service::checkWhatStays,
                        people,
                        new TemplateChanges(templates, opening, templateUsers()),
                        (before, next) -> () -> leases.limitsChanged(
                                before.limits().processes() != next.limits().processes()),
                        (before, next) -> () -> audit.change(next.audit()),
                        listeners),
                notifier,
                log);
    }

    /**
     * Serves until its end.
     *
     * @throws RefusedException when it cannot begin, with what can be done
     * @throws ConfigurationException when the configuration file has problems
     */
    public static void run(ServiceOptions options) throws RefusedException, ConfigurationException, IOException {
        run(options, Transition.Listener.none());
    }

    /** @param listener is told of what happens to clones */
    public static void run(ServiceOptions options, Transition.Listener listener)
            throws RefusedException, ConfigurationException, IOException {
        Hangup hangup = new Hangup();
        hangup.take();
        Log log = new Log(System.err);
        InheritedSockets sockets = InheritedSockets.ofThisProcess();
        Notifier notifier = Notifier.of(System.getenv(), ProcessHandle.current().pid(), log);
        Givens givens = new Givens(sockets.takeDoor(), notifier, hangup, log);
        sockets.checkAllTaken();
        run(options, read(options), owner(), givens, listener);
    }

    /**
     * What whoever started the process gave it.
     *
     * @param door the listening socket, if there is one
     */
    record Givens(OptionalInt door, Notifier notifier, Hangup hangup, Log log) {
        static Givens none() {
            Log log = new Log(System.err);
            return new Givens(OptionalInt.empty(), Notifier.none(log), new Hangup(), log);
        }
    }

    /** @param owner the only user whom it serves; empty: it serves all and is root */
    static void run(
            ServiceOptions options,
            Configuration configuration,
            Optional<Caller> owner,
            Givens givens,
            Transition.Listener listener)
            throws RefusedException, IOException {
        boolean comes = givens.door().isPresent();
        try (RuntimeDirectory runtime = RuntimeDirectory.open(options.runtimeDir(), owner.isEmpty(), comes)) {
            Log log = givens.log();
            Optional<DiskImage> disk = disk(options, configuration, owner.isEmpty(), runtime, log);
            try (DirectoryLocks locks = new DirectoryLocks()) {
                new Service(options, new Settings(configuration), owner, runtime, givens, disk, locks, log, listener)
                        .serve(options.readyStream(), givens.hangup());
            } finally {
                close(disk, log);
            }
        }
    }

    /** Where root's service keeps what commands change in the machine's own system, when that is not in memory. */
    private static Optional<DiskImage> disk(
            ServiceOptions options, Configuration configuration, boolean system, RuntimeDirectory runtime, Log log)
            throws RefusedException, IOException {
        if (!system) {
            return Optional.empty();
        }
        if (!keepsHostOnDisk(configuration)) {
            DiskImage.closeLeft(options.dataDir(), runtime.path(), log::line);
            return Optional.empty();
        }
        return Optional.of(DiskImage.open(options.dataDir(), runtime.path(), configuration.imageBytes(), log::line));
    }

    private static void close(Optional<DiskImage> disk, Log log) {
        try {
            if (disk.isPresent()) {
                disk.get().close();
            }
        } catch (IOException e) {
            log.line(Failure.reason(e));
        }
    }

    private static boolean keepsHostOnDisk(Configuration configuration) {
        TemplateConfiguration host = configuration.templates().get(Configuration.HOST);
        return host != null && host.upper() == Upper.DISK;
    }

    /** As it is in the file now. */
    private static Configuration read(ServiceOptions options) throws RefusedException, ConfigurationException {
        if (options.configFile().isEmpty()) {
            return Configuration.defaults();
        }
        Path file = options.configFile().get();
        if (!options.configRequired() && Files.notExists(file)) {
            return Configuration.defaults();
        }
        try {
            return ConfigurationFile.read(file);
        } catch (IOException e) {
            throw new RefusedException("cannot read the configuration " + file + ": " + Failure.reason(e));
        }
    }

    /** What the service has built itself upon. */
    private static Reloading.Change checkWhatStays(Configuration before, Configuration next) throws RefusedException {
        String key = "";
        if (before.imageBytes() != next.imageBytes()) {
            key = "service.image-size";
        } else if (keepsHostOnDisk(before) != keepsHostOnDisk(next)) {
            key = "template.host.upper";
        }
        if (!key.isEmpty()) {
            throw new RefusedException(
                    "cannot reload the configuration: " + key + " cannot be changed while the service runs",
                    "start the service again");
        }
        return () -> {};
    }

    private static Optional<Caller> owner() throws IOException {
        if (Accounts.effectiveUid() == 0) {
            return Optional.empty();
        }
        List<Long> groups = new ArrayList<>();
        for (long group : Accounts.groups()) {
            groups.add(group);
        }
        return Optional.of(new Caller(Accounts.effectiveUid(), Accounts.gid(), groups));
    }

    /** On FreeBSD mounts are the whole machine's: nothing can be mounted into a jail alone that is there already. */
    private Optional<Binder> binder(ServiceOptions options, RuntimeDirectory runtime) throws RefusedException {
        return Kernel.IS_FREEBSD
                ? Optional.empty()
                : Optional.of(new Binder(
                        loop,
                        program(options.libDir(), "mayfly-binder"),
                        Places.inMemory(runtime.mount()).root()));
    }

    /**
     * A descriptor for mayfly-init that no sandbox can change it by. Others than the service's user may execute it and not
     * read it: their processes are not dumpable from its start on, so they cannot trace it before it has confined itself.
     * FreeBSD executes files of a file system only; one that is open for reading stays so there, whoever opens it again.
     */
    private static int executable(Bytes init) throws IOException {
        if (Kernel.IS_FREEBSD) {
            return Descriptors.open(init, Kernel.O_RDONLY, 0);
        }
        int memory =
                Descriptors.sealedMemory(Bytes.utf8("mayfly-init"), direct(Files.readAllBytes(NativePath.of(init))));
        FileModes.chmod(memory, 0711);
        return memory;
    }

    private static Bytes program(Path directory, String name) throws RefusedException {
        Bytes program = path(directory, name);
        if (!Files.isExecutable(NativePath.of(program))) {
            throw new RefusedException(
                    "cannot start the service: " + program + " is missing", "install Mayfly again, or run make");
        }
        return program;
    }

    /** Of a program that not every service needs. */
    private static Bytes path(Path directory, String name) {
        return NativePath.bytes(directory.resolve(name).toAbsolutePath());
    }

    /** Whether it is the one service of the machine: two must not have one audit log without anybody having said so. */
    private boolean isUsual(ServiceOptions options) {
        return owner.isEmpty() && options.runtimeDir().equals(USUAL);
    }

    private Reaper.Heir heir() {
        return new Reaper.Heir() {
            @Override
            public void adopted(Clone clone, OptionalLong owner) {
                loop.post(() -> leases.adopt(clone, owner));
            }

            @Override
            public void adoptedEnded(Clone clone) {
                loop.post(() -> {
                    trail.adoptedEnded(clone);
                    leases.adoptedEnded(clone);
                });
            }
        };
    }

    private Opening.ParkedKeeper parkedKeeper() {
        return new Opening.ParkedKeeper() {
            @Override
            public void replace(String template) {
                loop.post(() -> leases.replace(template));
            }

            @Override
            public void renew(String template) {
                loop.post(() -> leases.renew(template));
            }

            @Override
            public void hold(String template) {
                loop.post(() -> leases.hold(template));
            }

            @Override
            public void release(String template) {
                loop.post(() -> leases.release(template));
            }
        };
    }

    private TemplateChanges.Users templateUsers() {
        return new TemplateChanges.Users() {
            @Override
            public void checkUnchanging(String template) throws RefusedException {
                administration.checkUnchanging(template);
            }

            @Override
            public void hold(String template) {
                leases.hold(template);
            }

            @Override
            public void release(String template) {
                leases.release(template);
            }

            @Override
            public void renew(String template) {
                leases.renew(template);
            }
        };
    }

    /** No overlay may cover a directory that has upper directories in it; root's service has a filesystem for them. */
    private Optional<Path> kept(Path dataDir) throws IOException {
        if (disk.isPresent() || !keepsHostOnDisk(settings.now())) {
            return Optional.empty();
        }
        Files.createDirectories(dataDir);
        return Optional.of(Stores.clonesOnDisk(dataDir.toRealPath()));
    }

    private Optional<Path> home() throws IOException {
        if (owner.isEmpty()) {
            return Optional.empty();
        }
        Path home = Accounts.user(owner.get().uid())
                .map(user -> NativePath.of(user.home()))
                .orElse(Path.of("/"));
        return Optional.of(Files.exists(home) ? home.toRealPath() : home);
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static String version() throws IOException {
        try (InputStream file = Service.class.getResourceAsStream(VERSION_FILE)) {
            Properties properties = new Properties();
            if (file != null) {
                properties.load(file);
            }
            return properties.getProperty("version", "unknown");
        }
    }

    private void serve(boolean announce, Hangup hangup) throws RefusedException, IOException {
        Thread hook = new Thread(this::endOnSignal, "ends on a signal");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            door.open(entrance.listen());
            hostWatch.begin(leases::renewHost);
            listeners.begin(settings.now().listeners());
            if (announce) {
                System.out.write("ready\n".getBytes(StandardCharsets.US_ASCII));
                System.out.close();
            }
            trail.serves(true);
            notifier.ready(this::doing);
            hangup.begin(() -> loop.post(reloading::ask));
            loop.run(this);
            workers.finish(DRAINING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            trail.close();
            close(disk, log); // before the virtual machine is halted
            ended.countDown();
        }
    }

    /** For the service manager's status. */
    private Doing doing() {
        return new Doing(leases.running(), leases.parked(), reloading.trouble());
    }

    /** @param trouble with the changed configuration; empty: none */
    private record Doing(int running, int parked, String trouble) {
        @Override
        public String toString() {
            String now = running
                    + (running == 1 ? " command runs, " : " commands run, ")
                    + parked
                    + (parked == 1 ? " sandbox is parked" : " sandboxes are parked");
            return trouble.isEmpty() ? now : now + "; the changed configuration is not in force: " + trouble;
        }
    }

    /** The virtual machine runs this when a signal ends it. The end is an orderly one: exit status 0. */
    private void endOnSignal() {
        if (ended.getCount() == 0) {
            return;
        }
        loop.post(this::stop);
        try {
            ended.await(2 * DRAINING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }

    @Override
    public void claim(Connection connection, Frame.Claim claim) {
        leases.claim(connection, claim);
    }

    @Override
    public void ask(Connection connection, Frame.Ask ask) {
        try {
            Question question = QuestionReader.read(ask.json());
            if (question instanceof Question.OfTemplate about) {
                administration.ask(connection, about);
            } else if (question instanceof Question.Drain drain) {
                administration.drain(connection, drain);
            } else if (question instanceof Question.EndSession end) {
                leases.sessions().end(connection, end);
            } else {
                door.send(connection, new Frame.Answer(answer(connection, question)), -1);
                if (!(question instanceof Question.Stop)) {
                    door.close(connection); // who has it stopped is told by the end of the process
                }
            }
        } catch (RefusedException e) {
            door.refuse(connection, e);
        }
    }

    private String answer(Connection connection, Question question) throws RefusedException {
        if (question instanceof Question.Status) {
            return status.status(leases, reaper, connection);
        } else if (question instanceof Question.Templates) {
            return status.templates();
        } else if (question instanceof Question.Sessions) {
            return leases.sessions().list(connection);
        }
        if (!connection.isMasters()) {
            throw new RefusedException("cannot stop the service: it is not yours");
        }
        loop.post(this::stop);
        return "{\"stopping\":true}";
    }

    /** Asks the door's thread, which alone knows. */
    private Clearance.Commands commands() {
        return new Clearance.Commands() {
            @Override
            public int in(String template, Predicate<Clone> concerned) throws InterruptedException {
                return ask(() -> leases.running(template, concerned));
            }

            @Override
            public int inItself(Bytes directory) throws InterruptedException {
                return ask(() -> leases.runningIn(directory));
            }
        };
    }

    private int ask(IntSupplier question) throws InterruptedException {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        loop.post(() -> answer.complete(question.getAsInt()));
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void refused(Connection connection, RefusedException why) {
        trail.refused(connection, why);
    }

    @Override
    public void gone(Connection connection) {
        leases.gone(connection);
        administration.gone(connection);
    }

    private boolean isStopping() {
        return stopBy != Long.MAX_VALUE;
    }

    private void stop() {
        if (isStopping()) {
            return;
        }
        ending();
        try {
            listeners.stop();
            entrance.remove();
            if (entrance.isInherited()) {
                door.leave();
            } else {
                door.close();
            }
        } catch (IOException e) {
            log.line("cannot close the door: " + Failure.reason(e));
        }
    }

    private void ending() {
        stopBy = System.nanoTime() + DRAINING.toNanos();
        notifier.stopping();
        reloading.stop();
        leases.stop();
    }

    @Override
    public long left(long now) {
        long clients = Math.min(door.left(now), administration.left(now));
        long left = Math.min(Math.min(clients, hostWatch.left(now)), Math.min(leases.left(now), notifier.left(now)));
        left = Math.min(left, Math.min(listeners.left(now), trail.left(now)));
        if (isStopping()) {
            return isDrained() ? 0 : Math.min(left, Math.max(0, stopBy - now));
        }
        return Math.min(left, idleLeft(now));
    }

    private boolean isDrained() {
        return leases.isDrained() && administration.isIdle();
    }

    private long idleLeft(long now) {
        boolean mayEnd = (owner.isPresent() || entrance.isInherited())
                && listeners.isEmpty()
                && leases.isIdle()
                && administration.isIdle();
        long idle = now - Math.max(leases.lastUse(), administration.lastUse());
        return mayEnd ? Math.max(0, settings.now().idle().toNanos() - idle) : Long.MAX_VALUE;
    }

    @Override
    public void tick(long now) throws IOException {
        door.tick(now);
        hostWatch.tick(now);
        leases.tick(now);
        listeners.tick(now);
        administration.tick(now);
        notifier.tick(now);
        trail.tick();
        if (isStopping()) {
            if (isDrained() || now - stopBy >= 0) {
                loop.stop();
            }
        } else if (idleLeft(now) == 0) {
            endUnlessSomebodyComes();
        }
    }

    private void endUnlessSomebodyComes() throws IOException {
        // The socket goes first, so that who comes now starts another service, which waits for this one's end.
        entrance.remove();
        boolean somebody = entrance.isInherited() ? door.letInWaiting() : door.close();
        if (somebody) {
            leases.touch();
            reopen();
        } else {
            ending();
            if (entrance.isInherited()) {
                door.leave();
            }
        }
    }

    private void reopen() throws IOException {
        if (entrance.isInherited()) {
            return; // it was never closed
        }
        try {
            door.open(entrance.listen());
        } catch (RefusedException e) {
            throw new IOException(e);
        }
    }
}
