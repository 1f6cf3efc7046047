package mayfly.launcher.documents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mayfly.launcher.CommandSpecs;

/**
 * {@code Documents SOURCES SHARE}: fills the texts in SOURCES with what the command line is, and writes them to their
 * places below SHARE, as in {@code /usr/share}.
 */
public final class Documents {
    private Documents() {}

    /** Two directories. */
    public static void main(String[] words) throws IOException {
        write(Path.of(words[0]), Path.of(words[1]));
    }

    static List<Command> commands() {
        return CommandSpecs.all().entrySet().stream()
                .map(entry -> Command.of(entry.getKey(), entry.getValue()))
                .toList();
    }

    static void write(Path sources, Path share) throws IOException {
        List<Command> commands = commands();
        ManualPage manual = new ManualPage(commands);
        fill(
                sources.resolve("mayfly.1"),
                Map.of("options", manual.options(), "subcommands", manual.subcommands()),
                share.resolve("man/man1/mayfly.1"));
        fill(
                sources.resolve("mayfly.bash"),
                Map.of("table", new BashTable(commands).text()),
                share.resolve("bash-completion/completions/mayfly"));
        fill(
                sources.resolve("mayfly.zsh"),
                Map.of("table", new ZshTable(commands).text()),
                share.resolve("zsh/site-functions/_mayfly"));
        fill(
                sources.resolve("mayfly.fish"),
                Map.of("table", new FishTable(commands).text()),
                share.resolve("fish/vendor_completions.d/mayfly.fish"));
    }

    /** Puts each text in place of the line that names it: {@code @name@}, behind whatever begins a comment. */
    private static void fill(Path source, Map<String, String> texts, Path destination) throws IOException {
        StringBuilder filled = new StringBuilder();
        int places = 0;
        for (String line : Files.readAllLines(source)) {
            int name = line.indexOf('@');
            String text = line.endsWith("@") && name + 1 < line.length()
                    ? texts.getOrDefault(line.substring(name + 1, line.length() - 1), "")
                    : "";
            places += text.isEmpty() ? 0 : 1;
            filled.append(text.isEmpty() ? line + "\n" : text);
        }
        if (places != texts.size()) {
            throw new IOException(source + " has not the places for " + texts.keySet());
        }
        Files.createDirectories(destination.resolveSibling("."));
        Files.writeString(destination, filled);
    }
}
