package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is in a directory. */
final class Entries {
    private Entries() {}

    /** The paths of all entries, in no order. That reading failed in the middle is an {@link IOException} too. */
    static List<Path> in(Path directory) throws IOException {
        return startingWith("", directory);
    }

    /** The paths of the entries whose names begin so. */
    static List<Path> startingWith(String beginning, Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (entry.getFileName().toString().startsWith(beginning)) {
                    paths.add(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return paths;
    }
}
