package mayfly.clonepool.service;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import mayfly.clonepool.desktop.CallersPrograms;
import mayfly.clonepool.store.Failure;
import mayfly.clonepool.store.Program;
import mayfly.sandbox.Bind;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.Caller;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.backend.Construction.KnownBind;
import mayfly.sandbox.root.Step.Kind;

/**
 * Looks at the paths that callers name, with the callers' own rights: where the service is another user, by programs
 * that have become the caller first. Thread-safe.
 */
final class Sources {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final int OUTPUT_BYTES = 8192;

    private final CallersPrograms programs;

    Sources(CallersPrograms programs) {
        this.programs = programs;
    }

    /** The binds with what their sources are. */
    List<KnownBind> look(List<Bind> binds, Caller caller) throws RefusedException {
        if (binds.isEmpty()) {
            return List.of();
        }
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Program all = stat(caller);
        binds.forEach(bind -> all.with(bind.source()));
        Program.Result result;
        try {
            result = all.run(LIMIT, OUTPUT_BYTES);
        } catch (IOException e) {
            throw new RefusedException("cannot look at the sources of binds: " + Failure.reason(e));
        }
        List<KnownBind> known = new ArrayList<>();
        if (result.succeeded() && result.isWhole()) {
            List<String> lines = result.output().text().lines().toList();
            for (int i = 0; i < binds.size(); i++) {
                known.add(new KnownBind(binds.get(i), kind(lines.get(i))));
            }
            return known;
        }
        // One by one, to say which one cannot be bound.
        for (Bind bind : binds) {
            Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
            known.add(new KnownBind(bind, kind(bind.source(), caller, left, "cannot bind " + bind.source())));
        }
        return known;
    }

    /** The directory's path without symbolic links. */
    Bytes directory(Bytes path, Caller caller) throws RefusedException {
        String cannot = "cannot use the directory " + path;
        Bytes output =
                run(as("/usr/bin/realpath", caller).with("-e", "-z", "--").with(path), LIMIT, cannot);
        Bytes real = output.slice(0, Math.max(0, output.indexOf('\0', 0)));
        if (kind(real, caller, LIMIT, cannot) != Kind.DIRECTORY) {
            throw new RefusedException(cannot + ": it is not a directory");
        }
        return real;
    }

    private Kind kind(Bytes path, Caller caller, Duration limit, String cannot) throws RefusedException {
        return kind(run(stat(caller).with(path), limit, cannot).text().strip());
    }

    private static Kind kind(String word) {
        return word.equals("directory") ? Kind.DIRECTORY : Kind.FILE;
    }

    private Program stat(Caller caller) {
        return as("/usr/bin/stat", caller).with("-L", "-c", "%F", "--");
    }

    private Program as(String program, Caller caller) {
        return programs.as(caller, Bytes.utf8(program));
    }

    private static Bytes run(Program program, Duration limit, String cannot) throws RefusedException {
        try {
            Program.Result result = program.run(limit, OUTPUT_BYTES);
            if (result.succeeded()) {
                return result.output();
            }
            throw new RefusedException(cannot + ": " + reason(result.failure()));
        } catch (IOException e) {
            throw new RefusedException(cannot + ": " + Failure.reason(e));
        }
    }

    /** What stands last in {@code stat: cannot statx 'x': No such file or directory}. */
    private static String reason(String line) {
        return line.substring(line.lastIndexOf(": ") + 1).strip();
    }
}
