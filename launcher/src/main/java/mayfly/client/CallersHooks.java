package mayfly.client;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import mayfly.clonepool.protocol.Protocol;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.posix.ProcessEnd;
import org.jspecify.annotations.Nullable;

/**
 * The caller's hooks around one command: shell commands by definition, which run as he, on the host. One thread begins and
 * one finishes; any may interrupt.
 */
final class CallersHooks implements AutoCloseable {
    private static final Bytes ROOTFS = Bytes.utf8("ROOTFS");
    private static final Bytes SHELL = Bytes.utf8("SHELL");
    private static final Bytes USUAL_SHELL = Bytes.utf8("/bin/sh");
    private static final Set<Integer> ENDING = Set.of(Kernel.SIGHUP, Kernel.SIGINT, Kernel.SIGTERM);

    private final HookVariables hooks;
    private final OwnProcess own;
    private final int flags;
    private final Consumer<String> notices;
    private Optional<SandboxRoot> root = Optional.empty();
    private volatile @Nullable HookProcess running;

    /** @param flags those of the claim's answer */
    CallersHooks(HookVariables hooks, OwnProcess own, int flags, Consumer<String> notices) {
        this.hooks = hooks;
        this.own = own;
        this.flags = flags;
        this.notices = notices;
    }

    /** Runs the pre hook, if there is one; its failure is the run's. */
    void begin(int sandbox) throws MayflyException {
        if (hooks.isEmpty()) {
            return;
        }
        root = Optional.of(SandboxRoot.ask(sandbox));
        if (hooks.pre().isPresent()) {
            run("the pre hook", hooks.pre().get(), true);
        }
    }

    /** Runs the post hook, if there is one; its failure is told and changes nothing. */
    void finish() {
        if (hooks.post().isEmpty() || root.isEmpty()) {
            return;
        }
        try {
            run("the post hook", hooks.post().get(), false);
        } catch (MayflyException e) {
            notices.accept(
                    e.getMessage() + e.remedy().map(remedy -> "\n" + remedy).orElse(""));
        }
    }

    /** Passes a signal to the hook that runs; false when it is not for one. */
    boolean interrupt(int signal) {
        HookProcess hook = running;
        boolean ignored = signal == Kernel.SIGINT && (flags & Protocol.FLAG_IGNORE_SIGINT) != 0;
        if (hook == null || ignored || !ENDING.contains(signal)) {
            return false;
        }
        try {
            hook.interrupt(signal);
        } catch (IOException e) {
            notices.accept("cannot interrupt a hook: " + OwnProcess.reason(e));
        }
        return true;
    }

    private void run(String name, Bytes commands, boolean isPre) throws MayflyException {
        long started = System.nanoTime();
        HookProcess.End end;
        try {
            HookProcess hook = HookProcess.start(words(commands), environment());
            running = hook;
            end = hook.await(Duration.ofSeconds(hooks.seconds()));
        } catch (IOException e) {
            throw new MayflyException("cannot run " + name + ": " + OwnProcess.reason(e));
        } finally {
            running = null;
        }
        if ((flags & Protocol.FLAG_TRACE) != 0) {
            notices.accept(name + " took " + (System.nanoTime() - started) / 1_000_000 + " ms");
        }
        judge("cannot run " + name + ": ", end, isPre);
    }

    private void judge(String cannot, HookProcess.End end, boolean isPre) throws MayflyException {
        if (end.end().isEmpty()) {
            throw new MayflyException(
                    cannot + "it took longer than " + hooks.seconds() + " s", "MAYFLY_HOOK_SECONDS gives it more time");
        }
        boolean succeeded = end.end().get().equals(new ProcessEnd.Exited(0));
        if (end.interrupted().isPresent() && (isPre || !succeeded)) {
            int signal = end.interrupted().getAsInt();
            throw new MayflyException(128 + signal, cannot + "signal " + signal + " interrupted it", "");
        }
        if (end.end().get() instanceof ProcessEnd.Killed killed) {
            throw new MayflyException(cannot + "signal " + killed.signal() + " ended it");
        }
        if (end.end().get() instanceof ProcessEnd.Exited exited && exited.code() != 0) {
            throw new MayflyException(cannot + "it ended with status " + exited.code());
        }
    }

    /** By way of a shell that takes back what this process's own start has changed. */
    private List<Bytes> words(Bytes commands) {
        StringBuilder before = new StringBuilder("umask 0").append(Integer.toOctalString(own.umask()));
        for (int signal = 1; signal <= Long.SIZE; signal++) {
            boolean mayBe = signal != Kernel.SIGKILL && signal != Kernel.SIGSTOP;
            if (mayBe && (own.ignored() & Signals.bit(signal)) != 0) {
                before.append("; trap '' ").append(signal);
            }
        }
        before.append("; exec \"$0\" -c \"$1\"");
        return List.of(USUAL_SHELL, Bytes.utf8("-c"), Bytes.utf8(before.toString()), shell(), commands);
    }

    private Bytes shell() {
        Optional<Bytes> named = Optional.ofNullable(own.variables().get(SHELL))
                .filter(shell -> shell.startsWith(Bytes.utf8("/")))
                .filter(shell -> Files.isRegularFile(NativePath.of(shell)) && Files.isExecutable(NativePath.of(shell)));
        return named.orElse(USUAL_SHELL);
    }

    /** Without the hooks themselves: one that runs mayfly must not begin all over again. */
    private List<Bytes> environment() {
        List<Bytes> strings = new ArrayList<>();
        for (Map.Entry<Bytes, Bytes> variable : own.variables().entrySet()) {
            Bytes name = variable.getKey();
            if (!name.equals(HookVariables.PRE) && !name.equals(HookVariables.POST) && !name.equals(ROOTFS)) {
                strings.add(name.plus(Bytes.utf8("=")).plus(variable.getValue()));
            }
        }
        // "/." makes a directory of it also for programs that would not follow the link.
        strings.add(Bytes.utf8("ROOTFS=/proc/" + ProcessHandle.current().pid() + "/fd/"
                + root.orElseThrow().descriptor() + "/."));
        return strings;
    }

    @Override
    public void close() {
        root.ifPresent(SandboxRoot::close);
        root = Optional.empty();
    }
}
