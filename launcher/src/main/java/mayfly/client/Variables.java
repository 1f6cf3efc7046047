package mayfly.client;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.Processes;

/** Environment variables as bytes; Java decodes them, and not every value survives that. */
public final class Variables {
    private Variables() {}

    /** Those that this process was started with, by name and in their order. */
    public static Map<Bytes, Bytes> ofThisProcess() throws MayflyException {
        try {
            return of(Processes.ownVariables());
        } catch (IOException e) {
            throw new MayflyException("cannot read this process's variables: " + e.getMessage());
        }
    }

    /** Those of a block of strings, each ended by a NUL; of several of one name the first counts, as for getenv(3). */
    static Map<Bytes, Bytes> of(Bytes block) {
        Map<Bytes, Bytes> variables = new LinkedHashMap<>();
        int start = 0;
        for (int end = block.indexOf('\0', 0); end >= 0; end = block.indexOf('\0', start)) {
            int equals = block.indexOf('=', start);
            if (equals > start && equals < end) {
                variables.putIfAbsent(block.slice(start, equals), block.slice(equals + 1, end));
            }
            start = end + 1;
        }
        return variables;
    }
}
