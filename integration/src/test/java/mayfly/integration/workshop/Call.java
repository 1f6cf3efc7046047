package mayfly.integration.workshop;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A command to be started for one account with a small known environment. Its output goes to files: a process that it
 * leaves behind can keep them open without keeping the test waiting.
 */
public final class Call {
    private final Account account;
    private final Path outputs;
    private final List<String> command;
    private final Map<String, String> environment;
    private Path directory;
    private String input = "";
    private Duration limit = Duration.ofSeconds(60L * Eventually.SLOWNESS);
    private List<String> launcher = List.of();
    private boolean pipes;

    Call(Account account, Path outputs, Path directory, Map<String, String> environment, List<String> command) {
        this.account = account;
        this.outputs = outputs;
        this.directory = directory;
        this.environment = new TreeMap<>(environment);
        this.command = List.copyOf(command);
    }

    public Call env(String name, String value) {
        environment.put(name, value);
        return this;
    }

    public Call in(Path workingDirectory) {
        directory = workingDirectory;
        return this;
    }

    public Call stdin(String text) {
        input = text;
        return this;
    }

    /** On a machine of usual speed. */
    public Call within(Duration time) {
        limit = time.multipliedBy(Eventually.SLOWNESS);
        return this;
    }

    /**
     * In a process group of its own, as a shell's job. Without that, where the tests lead a session, the kernel has
     * SIGTSTP stop nobody: the group is an orphan.
     */
    public Call asJob() {
        launcher = List.of("python3", "-c", "import os, sys; os.setpgid(0, 0); os.execvp(sys.argv[1], sys.argv[1:])");
        return this;
    }

    /** With pipes in place of files, and no input. A process that it leaves behind keeps the test waiting. */
    public Call withPipes() {
        pipes = true;
        return this;
    }

    /** Runs it to its end. */
    public Outcome run() {
        return start().await();
    }

    public Running start() {
        try {
            Path out = Files.createTempFile(outputs, "call", ".out");
            Path err = Files.createTempFile(outputs, "call", ".err");
            Path in = Files.writeString(Files.createTempFile(outputs, "call", ".in"), input);
            for (Path file : List.of(out, err, in)) {
                Directories.give(account, file);
            }
            List<String> words = new ArrayList<>(launcher);
            words.addAll(account.running(command));
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectInput(pipes ? new File("/dev/null") : in.toFile())
                    .redirectOutput(pipes ? Redirect.PIPE : Redirect.appendTo(out.toFile()))
                    .redirectError(pipes ? Redirect.PIPE : Redirect.appendTo(err.toFile()));
            builder.environment().clear();
            builder.environment().putAll(environment);
            Process process = builder.start();
            List<Thread> copying = pipes
                    ? List.of(copying(process.getInputStream(), out), copying(process.getErrorStream(), err))
                    : List.of();
            return new Running(process, out, err, copying);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes what comes out of a pipe into a file, to the pipe's end. */
    private static Thread copying(InputStream from, Path to) {
        Thread thread = new Thread(() -> {
            try (from;
                    OutputStream file = Files.newOutputStream(to, StandardOpenOption.APPEND)) {
                from.transferTo(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** A command that runs. */
    public final class Running {
        private final Process process;
        private final Path out;
        private final Path err;
        private final List<Thread> copying;

        private Running(Process process, Path out, Path err, List<Thread> copying) {
            this.process = process;
            this.out = out;
            this.err = err;
            this.copying = copying;
        }

        public long pid() {
            return process.pid();
        }

        /** What it has printed so far. */
        public String output() {
            return Directories.read(out);
        }

        /** The same with a character for each byte. */
        public String rawOutput() {
            try {
                return Files.readString(out, StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Waits until it has printed this. */
        public Running prints(String text) {
            Eventually.holds(command + " prints " + text, () -> {
                if (!process.isAlive() && !output().contains(text)) {
                    throw new AssertionError("ended without printing " + text + ": " + outcome());
                }
                return output().contains(text);
            });
            return this;
        }

        public Running signal(String name) {
            Tool.output("kill", "-s", name, "--", String.valueOf(pid()));
            return this;
        }

        /** SIGKILL, unless it has ended. */
        public void kill() {
            process.destroyForcibly();
        }

        public boolean isAlive() {
            return process.isAlive();
        }

        public Outcome await() {
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    List<ProcessHandle> all =
                            new ArrayList<>(process.descendants().toList());
                    all.add(process.toHandle());
                    all.forEach(ProcessHandle::destroyForcibly);
                    process.waitFor();
                    throw new AssertionError("no end within " + limit.toSeconds() + " s: " + outcome());
                }
                for (Thread each : copying) {
                    each.join(limit.toMillis());
                    if (each.isAlive()) {
                        throw new AssertionError("a process that it left keeps its outputs open: " + outcome());
                    }
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted: " + outcomeSoFar(), e);
            }
            return outcome();
        }

        private Outcome outcome() {
            return outcomeOf(process.exitValue());
        }

        private Outcome outcomeSoFar() {
            return outcomeOf(-1);
        }

        private Outcome outcomeOf(int status) {
            try {
                String stdout = Files.readString(out, StandardCharsets.ISO_8859_1);
                String stderr = Files.readString(err, StandardCharsets.ISO_8859_1);
                return new Outcome(command, status, stdout, stderr);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
