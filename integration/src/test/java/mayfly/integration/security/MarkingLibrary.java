package mayfly.integration.security;

import java.nio.file.Path;
import java.util.List;
import mayfly.integration.workshop.Directories;
import mayfly.integration.workshop.Tool;
import mayfly.integration.workshop.Workshop;

/** A library that leaves a mark on the host when a process loads it that can: the name of its program. */
public final class MarkingLibrary {
    private static final String SOURCE = """
            #include <fcntl.h>
            #include <stdio.h>
            #include <unistd.h>
            __attribute__((constructor)) static void mark(void) {
                char program[4096];
                ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
                int file = open(MARKS, O_WRONLY | O_CREAT | O_APPEND, 0666);
                if (size > 0 && file >= 0)
                    dprintf(file, "%.*s\\n", (int)size, program);
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
