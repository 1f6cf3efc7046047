package mayfly.sandbox.root;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;

/** What is mounted where, as /proc/self/mountinfo tells it (proc(5)). */
public final class MountTable {
    /** The file that tells it; it has EPOLLPRI when something changed. */
    public static final Path FILE = Path.of("/proc/self/mountinfo");

    /** Kinds of filesystems that can be the lower directory of an overlay. */
    private static final Set<String> LOWER = Set.of(
            "bcachefs",
            "btrfs",
            "erofs",
            "ext2",
            "ext3",
            "ext4",
            "f2fs",
            "jfs",
            "nfs",
            "nfs4",
            "ramfs",
            "reiserfs",
            "squashfs",
            "tmpfs",
            "virtiofs",
            "xfs",
            "zfs");

    /** Kinds that hold no files of the system. */
    private static final Set<String> PSEUDO = Set.of(
            "autofs",
            "binfmt_misc",
            "bpf",
            "cgroup",
            "cgroup2",
            "configfs",
            "debugfs",
            "devpts",
            "devtmpfs",
            "efivarfs",
            "fusectl",
            "hugetlbfs",
            "mqueue",
            "nsfs",
            "proc",
            "pstore",
            "rpc_pipefs",
            "securityfs",
            "selinuxfs",
            "sysfs",
            "tracefs");

    /**
     * One mount that can be reached by its path.
     *
     * @param source what is mounted: a device, a dataset, or any word
     * @param usersProgram whether a program of an ordinary user answers for it (FUSE), which may be never
     */
    public record Mount(int id, int parent, Bytes point, String kind, Bytes source, boolean usersProgram) {
        /** Whether an overlay can be put over it. */
        public boolean canBeLower() {
            return LOWER.contains(kind);
        }

        boolean isPseudo() {
            return PSEUDO.contains(kind);
        }
    }

    private final List<Mount> visible;

    private MountTable(List<Mount> visible) {
        this.visible = visible;
    }

    /** The table of this process's mount namespace. */
    public static MountTable read() throws IOException {
        return parse(Files.readAllBytes(FILE));
    }

    /** Reads the file's content; lines that are not as proc(5) says are an error. */
    public static MountTable parse(byte[] content) throws IOException {
        List<Mount> mounts = new ArrayList<>();
        for (String line : new String(content, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            if (!line.isEmpty()) {
                mounts.add(mount(line));
            }
        }
        return new MountTable(visible(mounts));
    }

    /** Reachable mounts, ordered by their mount points: a directory comes before what is beneath it. */
    public List<Mount> mounts() {
        return visible;
    }

    /** The mounts strictly beneath the directory. */
    public List<Mount> under(Bytes directory) {
        return visible.stream()
                .filter(mount -> NativePath.isUnder(mount.point(), directory))
                .toList();
    }

    /** The mount whose mount point this is. */
    public Optional<Mount> at(Bytes point) {
        return visible.stream().filter(mount -> mount.point().equals(point)).findFirst();
    }

    /** The mount that holds a file, by its path without links. */
    public Optional<Mount> holding(Bytes path) {
        return visible.stream()
                .filter(mount -> NativePath.isAtOrUnder(path, mount.point()))
                .reduce((higher, lower) -> lower);
    }

    private static Mount mount(String line) throws IOException {
        String[] words = line.split(" ", -1);
        int separator = Arrays.asList(words).indexOf("-");
        if (separator < 6 || words.length < separator + 4) {
            throw new IOException("a line of mountinfo that proc(5) does not know: " + line);
        }
        String kind = words[separator + 1];
        boolean usersProgram = kind.startsWith("fuse") && !has(words[separator + 3], "user_id=0");
        return new Mount(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                unescape(words[4]),
                kind,
                unescape(words[separator + 2]),
                usersProgram);
    }

    private static boolean has(String options, String option) {
        return Arrays.asList(options.split(",", -1)).contains(option);
    }

    /** Blank, tab, newline and backslash stand as a backslash and three octal digits. */
    private static Bytes unescape(String word) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(word.length());
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) == '\\' && i + 3 < word.length()) {
                bytes.write(Integer.parseInt(word, i + 1, i + 4, 8));
                i += 3;
            } else {
                bytes.write(word.charAt(i));
            }
        }
        return Bytes.of(bytes.toByteArray());
    }

    /**
     * What another mount hides: one on top of it, or one above it in the same parent. Users can mount by the thousand (FUSE), each
     * in the one before: what is known of those above is kept.
     */
    private static final class Tree {
        private final Map<Integer, Mount> byId = new HashMap<>();
        private final Map<Integer, List<Mount>> byParent = new HashMap<>();
        private final Map<Integer, Boolean> reachable = new HashMap<>();

        Tree(List<Mount> mounts) {
            for (Mount mount : mounts) {
                byId.put(mount.id(), mount);
                byParent.computeIfAbsent(mount.parent(), id -> new ArrayList<>())
                        .add(mount);
            }
        }

        boolean isVisible(Mount mount) {
            return !isCovered(mount) && isReachable(mount);
        }

        private boolean isCovered(Mount mount) {
            return byParent.getOrDefault(mount.id(), List.of()).stream()
                    .anyMatch(top -> top.id() != mount.id() && top.point().equals(mount.point()));
        }

        private boolean isReachable(Mount mount) {
            Boolean known = reachable.get(mount.id());
            if (known == null) {
                known = isSeenInParent(mount);
                reachable.put(mount.id(), known);
            }
            return known;
        }

        private boolean isSeenInParent(Mount mount) {
            Mount parent = byId.get(mount.parent());
            if (parent == null || parent.id() == mount.id()) {
                return true;
            }
            return byParent.getOrDefault(parent.id(), List.of()).stream()
                            .noneMatch(sibling -> sibling.id() != mount.id() && hides(sibling, mount, parent))
                    && isReachable(parent);
        }

        private static boolean hides(Mount sibling, Mount mount, Mount parent) {
            boolean coversParent =
                    sibling.point().equals(parent.point()) && !mount.point().equals(parent.point());
            return coversParent || NativePath.isUnder(mount.point(), sibling.point());
        }
    }

    private static List<Mount> visible(List<Mount> mounts) {
        Tree tree = new Tree(mounts);
        return mounts.stream()
                .filter(tree::isVisible)
                .sorted(Comparator.comparing(mount -> mount.point().latin1()))
                .toList();
    }
}
