package mayfly.integration.security;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;

/**
 * A library that leaves a mark when a process loads it: the name of its program, on the host, in a file {@link #INSIDE} of the root
 * that the process is in by then, and on its standard error.
 */
public final class MarkingLibrary {
    /** The file of a root that takes marks. It must be there, for everybody to write to: the library makes none, so none on the host. */
    public static final String INSIDE = "/marks";

    /** What stands before the program's name on standard error. */
    public static final String LOADED = "marking library loaded by ";

    private static final String SOURCE = """
            #include <fcntl.h>
            #include <stdio.h>
            #include <sys/prctl.h>
            #include <unistd.h>
            static void leave(int file, const char *program) {
                if (file >= 0) {
                    dprintf(file, "%s\\n", program);
                    close(file);
                }
            }
            __attribute__((constructor)) static void mark(void) {
                char program[4096] = "";
                if (readlink("/proc/self/exe", program, sizeof program - 1) <= 0)
                    prctl(PR_GET_NAME, program); // a root without /proc
                leave(open(MARKS, O_WRONLY | O_CREAT | O_APPEND, 0666), program);
                leave(open(INSIDE, O_WRONLY | O_APPEND), program);
                dprintf(2, LOADED "%s\\n", program);
            }
            """;

    private final Path marks;
    private final Path library;

    private MarkingLibrary(Path marks, Path library) {
        this.marks = marks;
        this.library = library;
    }

    /** Built for a workshop, in a directory where everybody may leave marks. */
    public static MarkingLibrary of(Workshop workshop) {
        Path directory = Path.of(Tool.output("mktemp", "-d", workshop.directory() + "/marks-XXXXXX"));
        Path source = Directories.write(directory.resolve("mark.c"), SOURCE);
        MarkingLibrary library = new MarkingLibrary(directory.resolve("marks"), directory.resolve("mark.so"));
        Tool.output(
                "cc",
                "-shared",
                "-fPIC",
                "-DMARKS=\"" + library.marks + "\"",
                "-DINSIDE=\"" + INSIDE + "\"",
                "-DLOADED=\"" + LOADED + "\"",
                "-o",
                library.library.toString(),
                source.toString());
        Directories.write(library.marks, "");
        Tool.output("chmod", "755", directory.toString());
        Tool.output("chmod", "666", library.marks.toString());
        return library;
    }

    public Path path() {
        return library;
    }

    /** The programs that have loaded it since this was asked last. */
    public List<String> programs() {
        List<String> programs =
                Directories.read(marks).lines().distinct().sorted().toList();
        Directories.write(marks, "");
        return programs;
    }
}
