package mayfly.integration.activation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mayfly.integration.workshop.Call;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Eventually;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;

/** A service that another program starts, in a directory of its own. Closing it ends both. */
final class Started implements AutoCloseable {
    /**
     * Makes a socket, gives it to the program that it becomes, and says whose it is. Arguments: the kind of socket, its path,
     * the value of LISTEN_PID (empty: its own; -: descriptor 0 and no variables), the program and its arguments.
     */
    private static final String GIVER = """
            import os, socket, sys
            kind, path, pid = sys.argv[1:4]
            os.umask(0o077)
            unix = socket.AF_UNIX
            if kind == "tcp":
                given = socket.socket(socket.AF_INET)
                given.bind(("127.0.0.1", 0))
                given.listen(1)
            elif kind == "connection":
                given, other = socket.socketpair()
                other.set_inheritable(True)
            else:
                given = socket.socket(unix, socket.SOCK_DGRAM if kind == "datagram" else socket.SOCK_STREAM)
                given.bind(path)
                if kind == "stream":
                    given.listen(99)
            number = 0 if pid == "-" else 3
            os.dup2(given.fileno(), number)
            os.set_inheritable(number, True)
            if pid != "-":
                os.environ.update(LISTEN_FDS="1", LISTEN_PID=pid or str(os.getpid()))
            os.execv(sys.argv[4], sys.argv[4:])
            """;

    private final Workshop workshop;
    private final Path runtime;
    private final Path configuration;
    private final Call.Running process;

    private Started(Workshop workshop, Path runtime, Path configuration, Call.Running process) {
        this.workshop = workshop;
        this.runtime = runtime;
        this.configuration = configuration;
        this.process = process;
    }

    /** Started by this program, to which the words that start the service are arguments. */
    static Started by(Workshop workshop, String... starter) {
        return with(workshop, List.of(), starter);
    }

    /** With variables NAME=VALUE, too. */
    static Started with(Workshop workshop, List<String> variables, String... starter) {
        String name = "given-" + System.nanoTime();
        Path runtime =
                Directories.of(workshop.serviceAccount(), workshop.directory().resolve(name));
        Tool.output("chmod", workshop.identity().hasSystemService() ? "755" : "700", runtime.toString());
        Path configuration = Directories.write(workshop.directory().resolve(name + ".toml"), "");
        Tool.output("chmod", "644", configuration.toString());
        List<String> words = new ArrayList<>(List.of("env"));
        words.addAll(variables);
        Arrays.stream(starter)
                .map(word -> word.replace("SOCKET", runtime + "/mayfly.sock"))
                .forEach(words::add);
        words.addAll(List.of(
                workshop.host()
                        .mayfly()
                        .resolveSibling("../lib/mayfly/mayfly-java")
                        .normalize()
                        .toString(),
                "serve",
                "--runtime-dir",
                runtime.toString(),
                "--data-dir",
                workshop.directory() + "/" + name + "-data",
                "--config",
                configuration.toString()));
        return new Started(
                workshop,
                runtime,
                configuration,
                workshop.callAs(workshop.serviceAccount(), words).start());
    }

    /** Started by a program that gives it such a socket; {@code pid} is what LISTEN_PID is to be. */
    static Started given(Workshop workshop, String kind, String pid) {
        return by(workshop, "python3", "-c", GIVER, kind, "SOCKET", pid);
    }

    Path socket() {
        return runtime.resolve("mayfly.sock");
    }

    Path runtime() {
        return runtime;
    }

    Call.Running process() {
        return process;
    }

    /** Another configuration, which it does not know yet. */
    void configure(String text) {
        Directories.write(configuration, text);
    }

    void awaitSocket() {
        Eventually.holds("the socket is there", () -> Files.exists(socket()));
    }

    /** Which program the process is by now. */
    String program() {
        return Tool.output("readlink", "/proc/" + process.pid() + "/exe");
    }

    /** A call to it; nothing starts another service. */
    Call call(String... words) {
        List<String> command = new ArrayList<>(List.of(workshop.host().mayfly().toString()));
        command.addAll(Arrays.asList(words));
        return workshop.call(command).env("MAYFLY_RUNTIME_DIR", runtime.toString());
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            // It may just be ending by itself.
            ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroy);
            process.await();
        }
    }
}
