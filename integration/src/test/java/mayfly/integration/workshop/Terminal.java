package mayfly.integration.workshop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** A terminal of 80 × 24 with a shell in it, driven as by hands: a tmux server of its own. */
public final class Terminal implements AutoCloseable {
    private static final String PROMPT = "outer>";

    private final Workshop workshop;
    private final String name;
    private final Path sockets;

    private Terminal(Workshop workshop, String name, Path sockets) {
        this.workshop = workshop;
        this.name = name;
        this.sockets = sockets;
    }

    /** Opens it with a bash that waits at its prompt. */
    public static Terminal open(Workshop workshop) {
        workshop.service();
        String name = "mayfly-test-" + System.nanoTime();
        Path sockets = Directories.of(workshop.account(), workshop.directory().resolve(name));
        Terminal terminal = new Terminal(workshop, name, sockets);
        terminal.tmux("new-session", "-d", "-x", "80", "-y", "24", "env PS1='" + PROMPT + " ' TERM=screen bash --norc");
        terminal.shows(PROMPT);
        return terminal;
    }

    /** A line as if typed, with Enter. */
    public Terminal line(String text) {
        return type(text).key("Enter");
    }

    public Terminal type(String text) {
        tmux("send-keys", "-l", "--", text);
        return this;
    }

    /** A key by tmux's name, such as {@code C-c}. */
    public Terminal key(String key) {
        tmux("send-keys", key);
        return this;
    }

    /** Waits for a text on the screen. What was typed is on the screen too: print something that differs from it. */
    public Terminal shows(String text) {
        Eventually.holds("the terminal shows " + text, () -> screen().contains(text));
        return this;
    }

    /** Waits for the outer shell's prompt at the end. */
    public Terminal prompts() {
        Eventually.holds(
                "the outer shell's prompt", () -> screen().stripTrailing().endsWith(PROMPT));
        return this;
    }

    /** Waits until a line of the screen is this, a regular expression. */
    public Terminal showsLine(String pattern) {
        Pattern line = Pattern.compile("^" + pattern + "$", Pattern.MULTILINE);
        Eventually.holds("a line " + pattern, () -> line.matcher(screen()).find());
        return this;
    }

    /** Waits until a client has taken the terminal: what is typed before may be read by whoever had it then. */
    public Terminal taken() {
        String tty = tmux("display-message", "-p", "#{pane_tty}");
        Eventually.holds("the terminal is raw", () -> Tool.output("stty", "-F", tty, "-a")
                .contains("-icanon"));
        return this;
    }

    public Terminal resize(int columns, int rows) {
        tmux("resize-window", "-x", String.valueOf(columns), "-y", String.valueOf(rows));
        return this;
    }

    /** The screen's lines, without spaces at their ends. */
    public String screen() {
        return tmux("capture-pane", "-p");
    }

    private String tmux(String... words) {
        List<String> command = new ArrayList<>(List.of("tmux", "-L", name, "-f", "/dev/null"));
        command.addAll(Arrays.asList(words));
        Outcome outcome = workshop.call(command)
                .env("TMUX_TMPDIR", sockets.toString())
                .env("TERM", "screen")
                .run();
        return outcome.exits(0).text();
    }

    /** Ends the shell and what runs in it. */
    @Override
    public void close() {
        tmux("kill-server");
        Eventually.holds("the terminal's processes end", () -> ProcessTable.about(sockets)
                .isEmpty());
    }
}
