package mayfly.clonepool.desktop;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;

/** Looks for files and sockets with one caller's rights. All paths are absolute. */
final class CallersFiles {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final int OUTPUT_BYTES = 1 << 20;
    private static final Bytes FIND = Bytes.utf8("/usr/bin/find");
    private static final Bytes CAT = Bytes.utf8("/usr/bin/cat");
    private static final Bytes REALPATH = Bytes.utf8("/usr/bin/realpath");

    private final CallersPrograms programs;
    private final Caller caller;

    CallersFiles(CallersPrograms programs, Caller caller) {
        this.programs = programs;
        this.caller = caller;
    }

    /** Whether the path itself, not what a symbolic link there leads to, is a socket. */
    boolean isSocketItself(Bytes path) throws RefusedException {
        return !found(programs.as(caller, FIND).with(path).with("-maxdepth", "0", "-type", "s", "-print0"))
                .isEmpty();
    }

    boolean isSocket(Bytes path) throws RefusedException {
        return !found(programs.as(caller, FIND).with("-L").with(path).with("-maxdepth", "0", "-type", "s", "-print0"))
                .isEmpty();
    }

    /** Those of these files that are there and that he may read, in their order. */
    List<Bytes> readable(List<Bytes> paths) throws RefusedException {
        if (paths.isEmpty()) {
            return List.of();
        }
        return found(programs.as(caller, FIND)
                .with("-L")
                .with(paths.toArray(new Bytes[0]))
                .with("-maxdepth", "0", "-type", "f", "-readable", "-print0"));
    }

    /** Files in a directory whose names begin so, of those that he may read. */
    List<Bytes> readableIn(Bytes directory, String prefix) throws RefusedException {
        return found(programs.as(caller, FIND)
                .with("-L")
                .with(directory)
                .with("-maxdepth", "1", "-name", prefix + "*", "-type", "f", "-readable", "-print0"));
    }

    /** What is in a small file. */
    Bytes content(Bytes file, int bound) throws RefusedException {
        String cannot = "cannot read " + file + ": ";
        try {
            Program.Result result =
                    programs.as(caller, CAT).with("--").with(file).run(LIMIT, bound);
            if (!result.succeeded() || !result.isWhole()) {
                throw new RefusedException(cannot + (result.succeeded() ? "it is too large" : result.failure()));
            }
            return result.output();
        } catch (IOException e) {
            throw new RefusedException(cannot + Failure.reason(e), Failure.remedy(e));
        }
    }

    /** Each path without symbolic links, whether there is something or not. */
    List<Bytes> real(List<Bytes> paths) throws RefusedException {
        List<Bytes> real =
                found(programs.as(caller, REALPATH).with("-m", "-z", "--").with(paths.toArray(new Bytes[0])));
        if (real.size() != paths.size()) {
            throw new RefusedException("cannot look at your files: a path cannot be resolved");
        }
        return real;
    }

    /** What a program printed, each with a NUL behind it; what it did not find is not among it. */
    private static List<Bytes> found(Program program) throws RefusedException {
        Bytes output;
        try {
            Program.Result result = program.run(LIMIT, OUTPUT_BYTES);
            if (result.exitStatus().isEmpty() || result.exitStatus().getAsInt() > 1 || !result.isWhole()) {
                throw new RefusedException("cannot look at your files: " + result.failure());
            }
            output = result.output();
        } catch (IOException e) {
            throw new RefusedException("cannot look at your files: " + Failure.reason(e), Failure.remedy(e));
        }
        List<Bytes> paths = new ArrayList<>();
        int start = 0;
        for (int end = output.indexOf('\0', 0); end >= 0; end = output.indexOf('\0', start)) {
            paths.add(output.slice(start, end));
            start = end + 1;
        }
        return paths;
    }
}
