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
import mayfly.sandbox.posix.Kernel;
import mayfly.sandbox.root.Step.Kind;

/**
 * Looks at the paths that callers name, with the callers' own rights: where the service is another user, by programs
 * that have become the caller first. Thread-safe.
 */
final class Sources {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final int OUTPUT_BYTES = 8192;

    /**
     * What a system's programs are told: stat(1) to say what kind of file a path leads to, realpath(1) to print the path.
     *
     * @param end what realpath puts behind the path
     */
    record Words(String stat, List<String> kind, String realpath, List<String> real, char end) {
        static final Words LINUX = new Words(
                "/usr/bin/stat", List.of("-L", "-c", "%F", "--"), "/usr/bin/realpath", List.of("-e", "-z", "--"), '\0');
        static final Words FREEBSD =
                new Words("/usr/bin/stat", List.of("-L", "-f", "%HT", "--"), "/bin/realpath", List.of("--"), '\n');

        Words {
            kind = List.copyOf(kind);
            real = List.copyOf(real);
        }

        /** The path that realpath printed: what comes before its last character, which is {@link #end}. */
        Bytes path(Bytes output) {
            int size = output.length();
            return size > 0 && output.at(size - 1) == end ? output.slice(0, size - 1) : output;
        }

        /** What stat printed of one file: {@code directory} or {@code Directory}. */
        static Kind kind(String word) {
            return word.equalsIgnoreCase("directory") ? Kind.DIRECTORY : Kind.FILE;
        }
    }

    private static final Words WORDS = Kernel.IS_FREEBSD ? Words.FREEBSD : Words.LINUX;

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
            throw new RefusedException("cannot look at the sources of binds: " + Failure.reason(e), Failure.remedy(e));
        }
        List<KnownBind> known = new ArrayList<>();
        if (result.succeeded() && result.isWhole()) {
            List<String> lines = result.output().text().lines().toList();
            for (int i = 0; i < binds.size(); i++) {
                known.add(new KnownBind(binds.get(i), Words.kind(lines.get(i))));
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
        Program realpath = as(WORDS.realpath(), caller).with(WORDS.real().toArray(String[]::new));
        Bytes real = WORDS.path(run(realpath.with(path), LIMIT, cannot));
        if (kind(real, caller, LIMIT, cannot) != Kind.DIRECTORY) {
            throw new RefusedException(cannot + ": it is not a directory");
        }
        return real;
    }

    private Kind kind(Bytes path, Caller caller, Duration limit, String cannot) throws RefusedException {
        return Words.kind(run(stat(caller).with(path), limit, cannot).text().strip());
    }

    private Program stat(Caller caller) {
        return as(WORDS.stat(), caller).with(WORDS.kind().toArray(String[]::new));
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
            throw new RefusedException(cannot + ": " + Failure.reason(e), Failure.remedy(e));
        }
    }

    /** What stands last in {@code stat: cannot statx 'x': No such file or directory}. */
    private static String reason(String line) {
        return line.substring(line.lastIndexOf(": ") + 1).strip();
    }
}
