package mayfly.client;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mayfly.sandbox.Bytes;

/**
 * What to run, and how: options, command, descriptors. Immutable; each method gives a changed copy. At first the input
 * is empty and the first 1 MiB of each output is captured.
 */
public final class Run {
    private static final int DEFAULT_CAPTURE = 1 << 20;

    private final List<Bytes> options;
    private final List<Bytes> command;
    private final Input input;
    private final Output output;
    private final Output errors;
    private final boolean foreground;
    private final boolean hooks;

    private Run(
            List<Bytes> options,
            List<Bytes> command,
            Input input,
            Output output,
            Output errors,
            boolean foreground,
            boolean hooks) {
        this.options = options;
        this.command = command;
        this.input = input;
        this.output = output;
        this.errors = errors;
        this.foreground = foreground;
        this.hooks = hooks;
    }

    /** Runs the program with these arguments, in UTF-8; without any, the user's shell. */
    public static Run of(String... command) {
        return of(bytes(command));
    }

    /** Runs the program with these arguments; without any, the user's shell. */
    public static Run of(List<Bytes> command) {
        return plain(List.of(), command);
    }

    /** Runs what the words say that follow {@code mayfly} on a command line. */
    public static Run ofCommandLine(List<Bytes> words) {
        return plain(words, List.of());
    }

    private static Run plain(List<Bytes> options, List<Bytes> command) {
        Output captured = new Output.Captured(DEFAULT_CAPTURE);
        return new Run(
                List.copyOf(options), List.copyOf(command), new Input.Nothing(), captured, captured, false, false);
    }

    /** Adds options of {@code mayfly run}, as on the command line. */
    public Run options(String... words) {
        List<Bytes> more = new ArrayList<>(options);
        more.addAll(bytes(words));
        return new Run(List.copyOf(more), command, input, output, errors, foreground, hooks);
    }

    /** The template to clone. */
    public Run template(String name) {
        return options("--template", name);
    }

    /** Shares the host's network. */
    public Run shareNet() {
        return options("--share-net");
    }

    /** The working directory inside. */
    public Run chdir(String directory) {
        return options("--chdir", directory);
    }

    /** Makes the host's {@code source} appear at {@code destination}. */
    public Run bind(String source, String destination) {
        return options("--bind", source + ":" + destination);
    }

    /** The same, so that it cannot be written to. */
    public Run bindReadOnly(String source, String destination) {
        return options("--bind", source + ":" + destination + ":ro");
    }

    /** Sets a variable. */
    public Run env(String name, String value) {
        return options("--env", name + "=" + value);
    }

    /** Passes one of this process's variables on. */
    public Run passEnv(String name) {
        return options("--env", name);
    }

    public Run stdin(Input from) {
        return new Run(options, command, from, output, errors, foreground, hooks);
    }

    /** The command reads these bytes. */
    public Run stdin(Bytes bytes) {
        return stdin(new Input.Given(bytes));
    }

    /** The command reads what the stream gives. */
    public Run stdin(InputStream stream) {
        return stdin(new Input.Streamed(stream));
    }

    public Run stdout(Output to) {
        return new Run(options, command, input, to, errors, foreground, hooks);
    }

    public Run stderr(Output to) {
        return new Run(options, command, input, output, to, foreground, hooks);
    }

    /** Both outputs go to streams. */
    public Run streams(OutputStream stdout, OutputStream stderr) {
        return stdout(new Output.Streamed(stdout)).stderr(new Output.Streamed(stderr));
    }

    /** Keeps at most this many bytes of each output. */
    public Run capture(int maxBytes) {
        return stdout(new Output.Captured(maxBytes)).stderr(new Output.Captured(maxBytes));
    }

    /**
     * This process stands for the command: the command has its three descriptors, gets its signals, stops and goes on
     * with it, and, on a terminal, has a terminal of its own inside that this process's terminal is joined to.
     */
    public Run inherit() {
        return new Run(
                options, command, new Input.Inherited(), new Output.Inherited(), new Output.Inherited(), true, hooks);
    }

    /**
     * Has this process's variables PRE_SPAWN_HOOK and POST_SPAWN_HOOK run before and after the command, as docs/usage.md
     * says. {@link Mayfly#start} returns when the pre hook has ended; a post hook's failure is a notice.
     */
    public Run callersHooks() {
        return new Run(options, command, input, output, errors, foreground, true);
    }

    Input input() {
        return input;
    }

    Output output() {
        return output;
    }

    Output errors() {
        return errors;
    }

    boolean foreground() {
        return foreground;
    }

    boolean hooks() {
        return hooks;
    }

    /** The argument vector that the service reads. */
    List<Bytes> words() {
        List<Bytes> words = new ArrayList<>(options.size() + command.size() + 2);
        words.add(Bytes.utf8("mayfly"));
        words.addAll(options);
        if (!command.isEmpty()) {
            words.add(Bytes.utf8("--"));
            words.addAll(command);
        }
        return words;
    }

    private static List<Bytes> bytes(String... texts) {
        return Arrays.stream(texts).map(Bytes::utf8).toList();
    }
}
