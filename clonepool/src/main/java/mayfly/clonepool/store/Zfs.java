package mayfly.clonepool.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Kernel;

/** The program zfs(8) for the datasets of one pool. Thread-safe. */
final class Zfs {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int OUTPUT_BYTES = 4 << 20;
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/sbin/zfs"), Path.of("/sbin/zfs"), Path.of("/usr/local/sbin/zfs"));
    private static final JsonFactory JSON = new JsonFactory();
    private static final Pattern OBJECT = Pattern.compile("^cannot [^']*'[^']*': ");

    private final String pool;

    /** @param dataset any dataset of the pool */
    Zfs(String dataset) {
        int slash = dataset.indexOf('/');
        this.pool = slash < 0 ? dataset : dataset.substring(0, slash);
    }

    /**
     * It did not end in time. What it was to do may be done much later, when the kernel lets go of it: a signal does not end
     * it before.
     */
    static final class UnfinishedException extends IOException {
        private static final long serialVersionUID = 1L;

        private UnfinishedException(String pool) {
            super("zfs took longer than " + LIMIT.toSeconds() + " s in the pool " + pool);
        }
    }

    /** What the program printed. A failure's message is the reason alone. */
    String run(String... words) throws IOException {
        return run(Bytes.empty(), words);
    }

    /** Runs a channel program (zfs-program(8)) with its arguments; the numbers in the table that it returns, by their names. */
    Map<String, Integer> program(String script, List<String> arguments) throws IOException {
        String[] words = new String[4 + arguments.size()];
        words[0] = "program";
        words[1] = "-j";
        words[2] = pool;
        words[3] = "-";
        for (int i = 0; i < arguments.size(); i++) {
            words[4 + i] = arguments.get(i);
        }
        return numbers(run(Bytes.utf8(script), words));
    }

    /** Reads {@code {"return":{"tank/a":16}}}. */
    static Map<String, Integer> numbers(String answer) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        try (JsonParser parser = JSON.createParser(answer)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_NUMBER_INT) {
                    numbers.put(parser.currentName(), parser.getIntValue());
                }
            }
        }
        return numbers;
    }

    private String run(Bytes input, String... words) throws IOException {
        checkPool();
        Program.Result result = Program.at(path()).with(words).reading(input).run(LIMIT, OUTPUT_BYTES);
        if (result.end().isEmpty()) {
            throw new UnfinishedException(pool);
        }
        if (!result.succeeded()) {
            String failure = result.failure();
            throw new StoreException(OBJECT.matcher(failure).replaceFirst(""), "");
        }
        if (!result.isWhole()) {
            throw new IOException("zfs " + words[0] + " says more than " + OUTPUT_BYTES + " bytes");
        }
        return result.output().text();
    }

    /** Whatever asks a suspended pool for something waits until somebody resumes it. */
    private void checkPool() throws IOException {
        Path state = Path.of("/proc/spl/kstat/zfs", pool, "state");
        if (Files.exists(state) && Files.readString(state).strip().equals("SUSPENDED")) {
            throw new StoreException(
                    "the pool " + pool + " is suspended", "zpool status " + pool + " says why; zpool clear resumes it");
        }
    }

    private static String path() throws IOException {
        for (Path place : PLACES) {
            if (Files.isExecutable(place)) {
                return place.toString();
            }
        }
        throw new StoreException(
                "zfs is not installed",
                Kernel.IS_FREEBSD
                        ? "load the kernel module zfs: kldload zfs"
                        : "install zfsutils-linux, and load the kernel module zfs");
    }
}
