package mayfly.clonepool.desktop;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;

/**
 * xauth(1), run as one caller. It gets its commands on its standard input and gives cookies on its standard output: none
 * is ever among its arguments or in a file.
 */
final class Xauth {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int OUTPUT_BYTES = 65_536;
    private static final String COMMAND_FAILED = "(stdin):1:";

    /** A file that there cannot be: xauth begins with no entries, and cannot write any. */
    private static final Bytes NO_FILE = Bytes.utf8("/proc/none/Xauthority");

    private final CallersPrograms programs;
    private final Caller caller;
    private final Bytes program;

    /** @param program where xauth is */
    Xauth(CallersPrograms programs, Caller caller, Path program) {
        this.programs = programs;
        this.caller = caller;
        this.program = NativePath.bytes(program);
    }

    /**
     * What came of it.
     *
     * @param entries of an authority file
     * @param error why there are none
     */
    record Answer(Bytes entries, String error) {
        boolean noConnection() {
            return entries.isEmpty() && error.contains("unable to open display");
        }

        boolean noExtension() {
            return entries.isEmpty() && error.contains("Security extension");
        }
    }

    /** The entries for the display in the caller's file. */
    Answer own(DisplayName display, Bytes authority) throws RefusedException {
        return run(display, authority, authority, "extract - " + display + "\n");
    }

    /**
     * Has the server make a cookie for untrusted clients.
     *
     * @param authority with which to connect; empty: without any
     * @param unused after so long without a client the server forgets it
     */
    Answer untrusted(DisplayName display, Optional<Bytes> authority, Duration unused) throws RefusedException {
        String generate = "generate " + display + " . untrusted timeout " + unused.toSeconds() + "\n";
        return run(display, NO_FILE, authority.orElse(NO_FILE), generate + "extract - " + display + "\n");
    }

    private Answer run(DisplayName display, Bytes file, Bytes authority, String commands) throws RefusedException {
        String cannot = "cannot use the display " + display + ": ";
        try {
            Program.Result result = programs.as(caller, program)
                    .with("-i", "-f")
                    .with(file)
                    .with("source", "-")
                    .variable("XAUTHORITY", authority)
                    .reading(Bytes.utf8(commands))
                    .run(LIMIT, OUTPUT_BYTES);
            if (result.exitStatus().isEmpty() || !result.isWhole()) {
                throw new RefusedException(cannot + result.failure());
            }
            return new Answer(result.output(), reason(result.error().text()));
        } catch (IOException e) {
            throw new RefusedException(cannot + Failure.reason(e), Failure.remedy(e));
        }
    }

    /** {@code xauth: (stdin):1:  unable to open display ":0".} says why, among other lines. */
    private static String reason(String error) {
        return error.lines()
                .filter(line -> line.contains(COMMAND_FAILED))
                .map(line -> line.substring(line.indexOf(COMMAND_FAILED) + COMMAND_FAILED.length())
                        .strip())
                .findFirst()
                .orElse("xauth gave no cookie");
    }
}
