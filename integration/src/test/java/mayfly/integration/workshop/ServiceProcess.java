package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A service in the foreground. */
public final class ServiceProcess {
    private static final int LIMIT_S = 30 * Eventually.SLOWNESS;
    private static final List<String> UNEXPECTED = List.of("Exception", "\tat ", "Error:");

    private final Process process;
    private final Path errors;
    private final Path log;

    private ServiceProcess(Process process, Path errors, Path log) {
        this.process = process;
        this.errors = errors;
        this.log = log;
    }

    /** Starts it and waits until it listens. */
    static ServiceProcess start(Workshop workshop, List<String> words) {
        Account account = workshop.serviceAccount();
        Path errors = workshop.directory().resolve("service.err");
        ProcessBuilder builder = new ProcessBuilder(account.running(words))
                .directory(Path.of("/").toFile())
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(Redirect.appendTo(errors.toFile()));
        builder.environment().clear();
        builder.environment().putAll(workshop.environment(account));
        try {
            Process process = builder.start();
            ServiceProcess service =
                    new ServiceProcess(process, errors, workshop.runtime().resolve("service.log"));
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!said.equals("ready\n")) {
                process.destroyForcibly();
                throw new AssertionError("the service does not start, it says: " + said + service.log());
            }
            return service;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it wrote to standard error and its log. */
    public String log() {
        return Directories.read(errors) + (Files.exists(log) ? Directories.read(log) : "");
    }

    /** How many of the log's lines have the text. */
    long timesInLog(String text) {
        return log().lines().filter(line -> line.contains(text)).count();
    }

    /** Ends it as an administrator does; fails when it has ended already or complained of itself. */
    public void stop() {
        if (!process.isAlive()) {
            throw new AssertionError("the service has ended with " + process.exitValue() + ": " + log());
        }
        process.destroy();
        awaitEnd();
        if (UNEXPECTED.stream().anyMatch(log()::contains)) {
            throw new AssertionError("the service complained: " + log());
        }
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Waits until it has ended by itself. */
    public void awaitEnd() {
        try {
            if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the service does not end: " + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
