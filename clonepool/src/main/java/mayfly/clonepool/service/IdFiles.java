package mayfly.clonepool.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import mayfly.clonepool.store.Failure;
import mayfly.sandbox.RefusedException;

/**
 * Whose the machine's ids are: passwd(5), group(5), subuid(5) and subgid(5), as the files have them now. No other
 * database is asked: it can be far away, and the door's thread cannot wait. For one thread.
 */
final class IdFiles {
    private final LinesOf passwd;
    private final LinesOf group;
    private final LinesOf subuid;
    private final LinesOf subgid;

    /** @param etc where the files are */
    IdFiles(Path etc) {
        passwd = new LinesOf(etc.resolve("passwd"));
        group = new LinesOf(etc.resolve("group"));
        subuid = new LinesOf(etc.resolve("subuid"));
        subgid = new LinesOf(etc.resolve("subgid"));
    }

    static IdFiles ofThisMachine() {
        return new IdFiles(Path.of("/etc"));
    }

    /** The ranges of user ids that are given to the user, in the order of the file. */
    List<IdRange> uids(long uid) throws RefusedException {
        return ranges(subuid, uid);
    }

    /** The ranges of group ids that are given to the user, in the order of the file. */
    List<IdRange> gids(long uid) throws RefusedException {
        return ranges(subgid, uid);
    }

    /** Whose an id of the range is, as {@code user ann (1000)}, if anybody's. */
    Optional<String> ownerIn(IdRange uids, IdRange gids) throws RefusedException {
        Optional<String> user = ownerIn(passwd, uids, "user ");
        return user.isPresent() ? user : ownerIn(group, gids, "group ");
    }

    private List<IdRange> ranges(LinesOf file, long uid) throws RefusedException {
        Set<String> names = names(uid);
        List<IdRange> ranges = new ArrayList<>();
        for (String[] fields : file.read()) {
            if (fields.length == 3 && names.contains(fields[0])) {
                long first = number(fields[1]);
                long count = number(fields[2]);
                if (IdRange.isOne(
                        first, count)) { // others are none for newuidmap(1) either, or have the machine's root
                    ranges.add(new IdRange(first, count));
                }
            }
        }
        return ranges;
    }

    /** The user's names, and his id, by which he may be named too. */
    private Set<String> names(long uid) throws RefusedException {
        Set<String> names = passwd.read().stream()
                .filter(fields -> fields.length > 2 && number(fields[2]) == uid)
                .map(fields -> fields[0])
                .collect(Collectors.toSet());
        names.add(Long.toString(uid));
        return names;
    }

    private static Optional<String> ownerIn(LinesOf file, IdRange range, String kind) throws RefusedException {
        return file.read().stream()
                .filter(fields -> fields.length > 2 && range.contains(number(fields[2])))
                .map(fields -> kind + fields[0] + " (" + fields[2] + ")")
                .findFirst();
    }

    /** -1 when it is none. */
    private static long number(String word) {
        return word.matches("[0-9]{1,10}") ? Long.parseLong(word) : -1;
    }

    /** A file's lines, which are read again when it has changed. */
    private static final class LinesOf {
        private record Version(Object key, Object modified, long size) {}

        private final Path file;
        private Optional<Version> version = Optional.empty();
        private List<String[]> lines = List.of();

        LinesOf(Path file) {
            this.file = file;
        }

        /** The fields of each line; none when there is no such file. */
        List<String[]> read() throws RefusedException {
            try {
                BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
                Version found = new Version(String.valueOf(now.fileKey()), now.lastModifiedTime(), now.size());
                if (!version.equals(Optional.of(found))) {
                    List<String[]> fresh = new ArrayList<>();
                    for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                        fresh.add(line.strip().split(":", -1));
                    }
                    lines = fresh;
                    version = Optional.of(found);
                }
                return lines;
            } catch (NoSuchFileException e) {
                return List.of();
            } catch (IOException e) {
                throw new RefusedException("cannot read " + file + ": " + Failure.reason(e));
            }
        }
    }
}
