package mayfly.integration.workshop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The host's processes, as /proc shows them. */
public final class ProcessTable {
    private static final Path PROC = Path.of("/proc");

    private ProcessTable() {}

    /** One process; {@code words} is empty for one that has ended. */
    public record Entry(long pid, List<String> words) {}

    /** The processes that run this argument vector, inside a sandbox or out of it. */
    public static List<Entry> running(String... words) {
        return matching(entry -> entry.words().equals(List.of(words)));
    }

    /** The processes whose arguments or mounts have something of a directory. */
    public static List<Entry> about(Path directory) {
        String text = directory.toString();
        return matching(entry -> entry.pid() != ProcessHandle.current().pid()
                && (entry.words().stream().anyMatch(word -> word.contains(text))
                        || content(entry.pid(), "mountinfo").contains(text)));
    }

    /** The state of a process, a letter as in proc(5); {@code X} when it has gone. */
    public static char state(long pid) {
        Matcher matcher = Pattern.compile("State:\\s+(\\w)").matcher(content(pid, "status"));
        return matcher.find() ? matcher.group(1).charAt(0) : 'X';
    }

    /** A number in /proc/PID/status, such as VmRSS in KiB. */
    public static long number(long pid, String name) {
        Matcher matcher = Pattern.compile(name + ":\\s+(\\d+)").matcher(content(pid, "status"));
        if (!matcher.find()) {
            throw new AssertionError("no " + name + " of process " + pid);
        }
        return Long.parseLong(matcher.group(1));
    }

    /** How many descriptors a process has open. */
    public static int descriptors(long pid) {
        return Directories.names(PROC.resolve(pid + "/fd")).size();
    }

    /** The processor time that a process has had, user's and system's, in clock ticks. */
    public static long ticks(long pid) {
        String line = content(pid, "stat");
        String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static List<Entry> matching(Predicate<Entry> wanted) {
        List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path path : entries) {
                long pid = Long.parseLong(String.valueOf(path.getFileName()));
                Entry entry = new Entry(pid, words(pid));
                if (wanted.test(entry)) {
                    found.add(entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static List<String> words(long pid) {
        String line = content(pid, "cmdline");
        return line.isEmpty()
                ? List.of()
                : List.of(line.substring(0, line.length() - 1).split("\0", -1));
    }

    private static String content(long pid, String name) {
        try {
            return new String(Files.readAllBytes(PROC.resolve(pid + "/" + name)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended, or is not ours to look into
        }
    }
}
