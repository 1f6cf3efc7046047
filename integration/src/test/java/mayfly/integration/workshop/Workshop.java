package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A service with directories of its own, and one account's calls to it; begins with the first use. Closing it ends the
 * service and fails when a process, mount or clone is left. For one thread.
 */
public final class Workshop implements AutoCloseable {
    private final Host host;
    private final Setting setting;
    private final Account account;
    private final Path directory;
    private final Path outputs;
    private final Path work;
    private @Nullable ServiceProcess service;
    private String configuration = "";

    /** The account that calls is {@code setting}'s, and so is the service unless it is root's. */
    public Workshop(Host host, Setting setting) {
        this.host = host;
        this.setting = setting;
        account = host.account(setting.identity());
        directory = Directories.temporary("mayfly-test-");
        outputs = Directories.of(account, directory.resolve("outputs"));
        work = Directories.of(account, account.home().resolve(String.valueOf(directory.getFileName())));
        Directories.of(serviceAccount(), directory.resolve("service"));
        if (isPlain()) {
            return;
        }
        Path programs = Directories.of(account, directory.resolve("bin"));
        String isolate = host.mayfly().resolveSibling("isolate") + (isJava() ? " --java " : " ");
        Map<String, String> clients =
                Map.of("mayfly", String.join(" ", client()), "isolate", isolate + String.join(" ", backendOption()));
        for (Map.Entry<String, String> client : clients.entrySet()) {
            String name = client.getKey();
            String text = "#!/bin/sh\nexec " + client.getValue() + " \"$@\"\n";
            try {
                Files.move(script(name, text), programs.resolve(name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public Host host() {
        return host;
    }

    public Setting setting() {
        return setting;
    }

    public Identity identity() {
        return setting.identity();
    }

    public Backend backend() {
        return setting.backend();
    }

    /** None for the default one, so that it is tried by default. */
    private List<String> backendOption() {
        return backend() == Backend.BWRAP
                ? List.of()
                : List.of("--backend", backend().toString());
    }

    public boolean isJava() {
        return setting.client() == Client.JAVA;
    }

    public Account account() {
        return account;
    }

    /** Whose the service is. */
    public Account serviceAccount() {
        return identity().hasSystemService() ? Account.own() : account;
    }

    /** Where it all is. */
    public Path directory() {
        return directory;
    }

    /** The account's own directory, in its home, where its calls are made. */
    public Path work() {
        return work;
    }

    /**
     * An empty directory of the account's for a template, in a place where nobody can put something else there: root's service takes
     * no other. Its name leads there from {@link #work} too.
     */
    public Path template(String name) {
        Path place = directory.resolve("templates").resolve(name);
        if (!Files.exists(place)) {
            try {
                Files.createDirectories(place);
                Directories.give(account, place);
                Files.createSymbolicLink(work.resolve(name), place);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return place;
    }

    /** A file of the account's in its directory. */
    public Path write(String name, String text) {
        Path file = Directories.write(work.resolve(name), text);
        Directories.give(account, file);
        return file;
    }

    /** The same, executable. */
    public Path script(String name, String text) {
        Path file = write(name, text);
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** What is in a file of its directory. */
    public String read(String name) {
        return Directories.read(work.resolve(name));
    }

    public Path runtime() {
        return directory.resolve("service/run");
    }

    public Path data() {
        return directory.resolve("service/data");
    }

    /** What the service's configuration file is to hold; before the first use. */
    public Workshop configured(String text) {
        if (!configuration.equals(text)) {
            if (service != null) {
                throw new IllegalStateException("the service runs already");
            }
            configuration = text;
        }
        return this;
    }

    /** The running service. */
    public ServiceProcess service() {
        ServiceProcess running = service;
        if (running == null) {
            running = start();
            service = running;
        }
        return running;
    }

    private ServiceProcess start() {
        List<String> words = new ArrayList<>(List.of(
                host.mayfly().toString(),
                "serve",
                "--runtime-dir",
                runtime().toString(),
                "--data-dir",
                data().toString()));
        Path file = configurationFile();
        Directories.write(file, setting.isMaintainers() ? maintained(configuration) : configuration);
        words.addAll(List.of("--config", file.toString(), "--ready"));
        return ServiceProcess.start(this, words);
    }

    /** With the account as a maintainer of all templates. */
    private String maintained(String text) {
        return text.replaceAll("(?m)^\\[template\\..*]$", "$0\nmaintainers = [\"" + account.name() + "\"]");
    }

    private Path configurationFile() {
        return directory.resolve("service/mayfly.toml");
    }

    /** Has the running service read another configuration, and waits until it is in force. */
    public void reload(String text) {
        reload(text, "the configuration was read again and is in force");
    }

    /** The same, until the service's log has the answer once more. */
    public void reload(String text, String answer) {
        ServiceProcess running = service();
        long before = running.timesInLog(answer);
        Directories.write(configurationFile(), text);
        Tool.output("kill", "-HUP", String.valueOf(running.pid()));
        Eventually.holds("it is read: " + running.log(), () -> running.timesInLog(answer) > before);
    }

    /** Starts the next service after {@link ServiceProcess#stop} or {@link ServiceProcess#kill}. */
    public ServiceProcess startAgain() {
        if (service != null && service.isAlive()) {
            throw new IllegalStateException("the service runs");
        }
        service = null;
        return service();
    }

    /** A {@code mayfly run} of the setting's client. */
    public Call mayfly(String... words) {
        List<String> command = new ArrayList<>(client());
        command.addAll(Arrays.asList(words));
        service();
        return call(command);
    }

    /** Runs a command in a sandbox; gives what it printed when it succeeded. */
    public String prints(String... words) {
        return mayfly(words).run().succeeds();
    }

    /** What a shell's script in a sandbox printed; its arguments are $1 and so on. */
    public String inside(String script, String... arguments) {
        List<String> words = new ArrayList<>(List.of("bash", "-c", script, "bash"));
        words.addAll(Arrays.asList(arguments));
        return prints(words.toArray(new String[0]));
    }

    /** The same, of one that has no file of the host as any of its three descriptors. */
    public String insideWithPipes(String script) {
        return mayfly("bash", "-c", script).withPipes().run().succeeds();
    }

    /** A shell's script outside, in which {@code mayfly} and {@code isolate} are the setting's client, with its backend: no subcommands. */
    public Call bash(String script) {
        service();
        return call(List.of("bash", "-c", script));
    }

    /** A subcommand, always of the C client. */
    public Call subcommand(String... words) {
        return call(clientAnd(words));
    }

    /** The C client, by whoever runs the service. */
    public Call ofServiceAccount(String... words) {
        return callAs(serviceAccount(), clientAnd(words));
    }

    private List<String> clientAnd(String... words) {
        List<String> command = new ArrayList<>(List.of(host.mayfly().toString()));
        command.addAll(Arrays.asList(words));
        return command;
    }

    /** What {@code pool status --json} says. */
    public Json status() {
        return Json.object(subcommand("pool", "status", "--json").run().succeeds());
    }

    /** Waits until no command runs and no clone is to be destroyed. */
    public void isIdle() {
        Eventually.holds("nothing runs, and clones are destroyed", () -> {
            Json status = status();
            return status.number("running") == 0 && status.number("dirty") == 0;
        });
    }

    /** Waits until a sandbox of the template waits for the account's next command. */
    public void hasParked(String template) {
        Eventually.holds(
                "one is parked for " + account().name() + " in " + template, () -> status().objects("shapes").stream()
                        .anyMatch(shape -> shape.number("uid") == account().uid()
                                && shape.text("template").equals(template)
                                && shape.number("parked") > 0));
    }

    /** Whether the account that the service belongs to has a command run by it. */
    public void servesItsOwner() {
        String said = ofServiceAccount("echo", "served").run().succeeds();
        if (!said.equals("served")) {
            throw new AssertionError("the service's owner is not served: " + said);
        }
    }

    /** Any command of the account, with the workshop's environment. */
    public Call call(List<String> command) {
        return callAs(account, command);
    }

    public Call callAs(Account who, List<String> command) {
        return new Call(who, outputs, work, environment(who), command);
    }

    /** Whether the setting's client is the program itself, without a word more. */
    private boolean isPlain() {
        return !isJava() && backendOption().isEmpty();
    }

    /** The words before a run's. */
    public List<String> client() {
        List<String> words = new ArrayList<>(List.of(host.mayfly().toString()));
        if (isJava()) {
            words.addAll(List.of("--java", "run"));
        }
        words.addAll(backendOption());
        return words;
    }

    /** What the calls have, and nothing else. */
    Map<String, String> environment(Account who) {
        Path programs = isPlain() ? host.mayfly().resolveSibling("") : directory.resolve("bin");
        Map<String, String> environment = new TreeMap<>();
        environment.put("PATH", programs + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.put("HOME", who.home().toString());
        environment.put("USER", who.name());
        environment.put("LOGNAME", who.name());
        environment.put("SHELL", "/bin/bash");
        environment.put("LANG", "C.UTF-8");
        environment.put("MAYFLY_RUNTIME_DIR", runtime().toString());
        if (backend() == Backend.LXC) {
            // By default a sandbox has a fifth of a processor's time.
            environment.put("LXC_CPU_QUOTA", "0");
        }
        return environment;
    }

    /** The clones that are there, whatever their state. */
    public List<String> clones() {
        List<String> clones = new ArrayList<>(Directories.names(runtime().resolve("clones")));
        clones.addAll(Directories.names(data().resolve("clones")));
        return clones;
    }

    /** Whether a clone of this name is kept for the next service. */
    private static boolean mayStay(String clone) {
        return !clone.endsWith(".making") && !clone.endsWith(".used") && !clone.endsWith(".dirty");
    }

    @Override
    public void close() {
        close(() -> {});
    }

    /** @param between what is to be done when the service has ended and before the directories are removed */
    void close(Runnable between) {
        try {
            Optional.ofNullable(service).ifPresent(ServiceProcess::stop);
        } finally {
            between.run();
            remove();
        }
    }

    private void remove() {
        try {
            assertNothingIsLeft();
        } finally {
            ProcessTable.about(directory)
                    .forEach(entry -> ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly));
            Eventually.holds("no process about " + directory, () -> ProcessTable.about(directory)
                    .isEmpty());
            Directories.delete(directory);
            Directories.delete(work);
        }
    }

    /** After the service has ended. */
    public void assertNothingIsLeft() {
        try {
            Eventually.holds(
                    "no process is left", () -> ProcessTable.about(directory).isEmpty());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + ProcessTable.about(directory), e);
        }
        Eventually.holds("no clone is left but ready ones: " + clones(), () -> clones().stream()
                .allMatch(Workshop::mayStay));
        String mounts = Directories.read(Path.of("/proc/self/mountinfo"));
        if (mounts.contains(directory.toString())) {
            throw new AssertionError("a mount is left:\n" + mounts);
        }
    }

    @Override
    public String toString() {
        return setting.toString();
    }
}
