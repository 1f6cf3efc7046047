package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import mayfly.clonepool.config.TemplateConfiguration;
import mayfly.clonepool.pool.Pool;
import mayfly.clonepool.protocol.FrameReader;
import mayfly.clonepool.protocol.Protocol.Sender;
import mayfly.clonepool.store.Clone;
import mayfly.clonepool.store.CloneState;
import mayfly.clonepool.store.CloneStore;
import mayfly.clonepool.store.ClonesDirectory;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.Shape;
import mayfly.sandbox.backend.Backend;
import mayfly.sandbox.backend.Construction;
import mayfly.sandbox.backend.Construction.Root;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Epoll;
import mayfly.sandbox.posix.Linux;
import mayfly.sandbox.posix.Processes;
import mayfly.sandbox.posix.Sockets;
import mayfly.sandbox.posix.Spawn;
import mayfly.sandbox.root.Places;
import mayfly.sandbox.root.RootPlan;

/** Makes one parked sandbox after another, from a clone to mayfly-init waiting for a command. Thread-safe. */
final class SandboxMaker {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int REPORT_BYTES = 1_000;
    private static final String NO_TEMPLATE_SIZE = "16m";
    private static final List<Bytes> ENVIRONMENT = List.of(Bytes.utf8("PATH=/usr/bin:/bin"), Bytes.utf8("LC_ALL=C"));
    private static final FrameReader FROM_INIT = FrameReader.from(Sender.INIT_AT_SANDBOX);

    /**
     * What all sandboxes of one service have in common.
     *
     * @param mount the directory below which each builds its root, in a mount namespace of its own
     * @param nothing /dev/null
     * @param init mayfly-init in sealed memory
     */
    record Surroundings(boolean system, Bytes enter, Bytes mount, int nothing, int init) {}

    private final Surroundings surroundings;
    private final SortedMap<String, Template> templates;
    private final ClonesDirectory memoryClones;
    private final Sources sources;
    private final Reaper reaper;

    SandboxMaker(
            Surroundings surroundings,
            SortedMap<String, Template> templates,
            ClonesDirectory memoryClones,
            Sources sources,
            Reaper reaper) {
        this.surroundings = surroundings;
        this.templates = templates;
        this.memoryClones = memoryClones;
        this.sources = sources;
        this.reaper = reaper;
    }

    /** A clone that is this sandbox's, and what to build on it. */
    private record Base(Clone used, ClonesDirectory clones, Places places, String tmpfsSize, Root root) {}

    /** Makes a parked sandbox; when it cannot, nothing is left of it and its clone is destroyed. */
    Sandbox make(Shape shape) throws RefusedException {
        long start = System.nanoTime();
        try {
            Base base =
                    shape.template().isPresent() ? onTemplate(shape.template().get(), shape) : onDirectory(shape);
            try {
                long cloned = System.nanoTime();
                return start(shape, base, new Times(start, cloned));
            } catch (RefusedException | IOException | RuntimeException e) {
                reaper.destroy(base.clones(), base.used());
                throw e;
            }
        } catch (IOException e) {
            throw new RefusedException("cannot start a sandbox: " + Failure.reason(e));
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
        Template template = templates.get(name);
        if (template == null) {
            throw new RefusedException("cannot use template " + name + ": there is no such template");
        }
        TemplateConfiguration configuration = template.configuration();
        Pool pool = template.pool();
        CloneStore store = pool.store();
        Clone ready = pool.take();
        try {
            Clone used = store.clones().move(ready, CloneState.USED);
            CloneStore.Build build = store.build(used, surroundings.mount());
            RootPlan plan = shape.ownDirectory()
                    .map(directory -> build.plan().withOverlay(directory, build.places()))
                    .orElse(build.plan());
            return new Base(used, store.clones(), build.places(), configuration.size(), new Root.Planned(plan));
        } catch (IOException e) {
            reaper.destroy(store.clones(), ready);
            throw e;
        }
    }

    private Base onDirectory(Shape shape) throws RefusedException, IOException {
        Bytes directory = sources.directory(shape.root().orElseThrow(), shape.caller());
        Clone made = memoryClones.create(Clone.NO_TEMPLATE);
        Clone used = memoryClones.move(memoryClones.move(made, CloneState.READY), CloneState.USED);
        Places places = Places.inMemory(surroundings.mount());
        return new Base(used, memoryClones, places, NO_TEMPLATE_SIZE, new Root.Chosen(directory));
    }

    private Sandbox start(Shape shape, Base base, Times times) throws RefusedException, IOException {
        List<Bytes> words = new ArrayList<>();
        words.add(surroundings.enter());
        words.addAll(Backend.named(shape.backend())
                .words(new Construction(
                        shape.caller(),
                        surroundings.system(),
                        base.places(),
                        base.tmpfsSize(),
                        base.root(),
                        shape.shareNet(),
                        sources.look(shape.binds(), shape.caller()))));
        try (Started started = spawn(words, base)) {
            started.awaitParked();
            return new Sandbox(
                    shape,
                    base.used(),
                    base.clones(),
                    started.takeSocket(),
                    started.pid,
                    started.takePidFd(),
                    Origin.of(shape, base.used()),
                    times.note());
        }
    }

    private Started spawn(List<Bytes> words, Base base) throws IOException {
        int lock = base.clones().openLock(base.used());
        int report = -1;
        int[] sockets = {-1, -1};
        boolean started = false;
        try {
            Descriptors.lock(lock);
            report = base.clones().openReport(base.used());
            sockets = Sockets.pair();
            int pid = new Spawn(
                            surroundings.enter(),
                            words,
                            ENVIRONMENT,
                            List.of(surroundings.nothing(), report, report, sockets[1], surroundings.init(), lock),
                            Optional.empty(),
                            false)
                    .start();
            started = true;
            return new Started(pid, sockets[0], report);
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
        private int socket;
        private int pidFd;
        private boolean ended;

        Started(int pid, int socket, int report) throws IOException {
            this.pid = pid;
            this.socket = socket;
            this.report = report;
            this.pidFd = Processes.pidFd(pid);
        }

        /** Waits for mayfly-init's word that it waits for a command. */
        void awaitParked() throws RefusedException, IOException {
            ByteBuffer incoming = ByteBuffer.allocateDirect(64);
            long deadline = System.nanoTime() + LIMIT.toNanos();
            try (Epoll epoll = new Epoll(1)) {
                epoll.add(socket, Linux.EPOLLIN, 0);
                while (true) {
                    long left = (deadline - System.nanoTime()) / 1_000_000;
                    if (left <= 0) {
                        throw new RefusedException("cannot start a sandbox: it was not ready within "
                                + LIMIT.toSeconds() + " s" + reported());
                    }
                    if (epoll.await((int) left) == 0) {
                        continue;
                    }
                    if (Descriptors.read(socket, incoming) == 0) {
                        throw failure();
                    }
                    incoming.flip();
                    if (FROM_INIT.complete(incoming) >= 0) {
                        FROM_INIT.read(incoming);
                        return;
                    }
                    incoming.compact();
                }
            }
        }

        int takeSocket() {
            int taken = socket;
            socket = -1;
            return taken;
        }

        int takePidFd() {
            int taken = pidFd;
            pidFd = -1;
            return taken;
        }

        @Override
        public void close() throws IOException {
            SandboxMaker.close(socket);
            SandboxMaker.close(report);
            if (pidFd >= 0) {
                if (!ended) {
                    // Its socket is closed: mayfly-init ends by itself if it has come so far.
                    Processes.signal(pidFd, Linux.SIGKILL);
                    Processes.await(pid);
                }
                Descriptors.close(pidFd);
            }
        }

        /** All that had the socket are gone, so the chain of programs is at its end. */
        private RefusedException failure() throws IOException {
            Processes.await(pid);
            ended = true;
            return StartFailure.of(readReport());
        }

        private String reported() throws IOException {
            String report = readReport().strip();
            return report.isEmpty() ? "" : ": " + report;
        }

        private String readReport() throws IOException {
            int again = Descriptors.open(Bytes.utf8("/proc/self/fd/" + report), Linux.O_RDONLY, 0);
            try {
                ByteBuffer text = ByteBuffer.allocateDirect(REPORT_BYTES);
                Descriptors.read(again, text);
                text.flip();
                return Bytes.take(text, text.remaining()).text();
            } finally {
                Descriptors.close(again);
            }
        }
    }
}
