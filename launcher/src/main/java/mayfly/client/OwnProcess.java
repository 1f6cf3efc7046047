package mayfly.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.PosixException;
import mayfly.sandbox.posix.Processes;

/**
 * What a program started by this process would inherit, taken from the kernel because Java changes some of it.
 *
 * @param directory empty when it has been deleted
 * @param limits soft and hard limit of each resource in turn
 * @param ignored bit N-1: signal N
 * @param blocked bit N-1: signal N
 */
record OwnProcess(
        Map<Bytes, Bytes> variables,
        Optional<Bytes> directory,
        int umask,
        int nice,
        List<Long> limits,
        Bytes cpus,
        long ignored,
        long blocked) {

    /** Index of the nice value among the words after the program's name, proc(5). */
    private static final int STAT_NICE = 16;

    static OwnProcess observe() throws MayflyException {
        try {
            Map<String, String> status = status();
            List<Long> limits = new ArrayList<>();
            for (long limit : Processes.limits()) {
                limits.add(limit);
            }
            return new OwnProcess(
                    Variables.ofThisProcess(),
                    CallersProcess.directoryIsDeleted() ? Optional.empty() : Processes.workingDirectory(),
                    Integer.parseInt(CallersProcess.umask().orElse(known(status, "Umask")), 8),
                    readNice(),
                    limits,
                    Bytes.of(Processes.affinity()),
                    mask(CallersProcess.ignored().orElse(known(status, "SigIgn"))),
                    mask(CallersProcess.blocked().orElse(known(status, "SigBlk"))));
        } catch (IOException e) {
            throw new MayflyException("cannot read /proc/self: " + reason(e));
        }
    }

    static String reason(IOException e) {
        return e instanceof PosixException posix ? posix.reason() : String.valueOf(e.getMessage());
    }

    private static Map<String, String> status() throws IOException {
        Map<String, String> status = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                status.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        }
        return status;
    }

    private static String known(Map<String, String> status, String name) throws IOException {
        String value = status.get(name);
        if (value == null) {
            throw new IOException("no line " + name + " in status");
        }
        return value;
    }

    private static long mask(String hexadecimal) {
        return Long.parseUnsignedLong(hexadecimal, 16);
    }

    private static int readNice() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
        String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Integer.parseInt(words[STAT_NICE]);
    }
}
