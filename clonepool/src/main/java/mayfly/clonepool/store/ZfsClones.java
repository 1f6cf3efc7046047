package mayfly.clonepool.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import mayfly.clonepool.store.ZfsCore.UnfinishedException;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.NativePath;
import mayfly.sandbox.RefusedException;
import mayfly.sandbox.posix.Descriptors;
import mayfly.sandbox.posix.Kernel;

/**
 * The clones of one dataset: its siblings {@code DATASET_NANOS}, with what they are in their user properties:
 * {@code mayfly:template}, {@code mayfly:state} ({@code ready}; {@code used} as soon as a sandbox gets it) and
 * {@code mayfly:lease}, the path of the file that is locked as long as that sandbox lives. A used clone whose file is
 * gone or free is dirty. One call makes a clone with all its properties, or does not.
 */
final class ZfsClones implements Clones {
    private static final int PRIVATE_FILE = 0600;

    /** As in zfs's source: ZFS_CANMOUNT_NOAUTO. */
    private static final int NOAUTO = 2;

    /** In place of an errno. */
    private static final int DESTROYED = 0;

    /** So many zfs that do not end are remembered at most. */
    private static final int MOST_UNFINISHED = 64;

    /**
     * Destroys datasets that carry a template's name, in one transaction group, and tells the errno of those that it
     * could not, a line each. Arguments: the template's name, the datasets.
     */
    private static final String DESTROY = """
            args = ...
            argv = args["argv"]
            left = ""
            for i = 2, #argv do
                err = 0
                if not zfs.exists(argv[i]) then
                    err = 2
                elseif zfs.get_prop(argv[i], "mayfly:template") ~= argv[1] then
                    err = 1
                else
                    err = zfs.sync.destroy(argv[i])
                end
                if err ~= 0 then
                    left = left .. argv[i] .. "\\t" .. err .. "\\n"
                end
            end
            return left
            """;

    /** Tells the errno of it. Argument: the dataset. */
    private static final String USE = """
            args = ...
            return "" .. zfs.sync.set_prop(args["argv"][1], "mayfly:state", "used")
            """;

    /** Argument: a dataset. */
    private static final String AVAILABLE = """
            args = ...
            return "" .. zfs.get_prop(args["argv"][1], "available")
            """;

    private final String template;
    private final String dataset;
    private final Path locks;
    private final OptionalLong quota;
    private final Transition.Listener listener;
    private final Zfs zfs;
    private final ZfsCore core;

    /** Datasets that may be there though nobody knows of them, and whether they may appear later; they are destroyed. */
    private final Map<String, Boolean> unfinished = new ConcurrentHashMap<>();

    /**
     * @param locks the service's directory for lock files
     * @param quota bytes that each clone may take
     */
    ZfsClones(
            String template,
            String dataset,
            Path locks,
            OptionalLong quota,
            ZfsCore core,
            Transition.Listener listener) {
        this.template = template;
        this.dataset = dataset;
        this.locks = locks;
        this.quota = quota;
        this.listener = listener;
        this.zfs = new Zfs(dataset);
        this.core = core;
    }

    /** The clone's dataset. */
    String dataset(Clone clone) {
        return dataset + "_" + clone.nanos();
    }

    private Path lock(Clone clone) {
        return locks.resolve(clone.id());
    }

    private String parent() {
        return dataset.substring(0, dataset.lastIndexOf('/'));
    }

    Clone make(Snapshot snapshot) throws RefusedException {
        listener.passed(Transition.BEGINS);
        Clone clone = new Clone(template, Clone.nextNanos(), CloneState.READY, Optional.of(snapshot));
        List<String> properties = new ArrayList<>(List.of("canmount=" + NOAUTO, "setuid=0"));
        if (!Kernel.IS_FREEBSD) { // there only devfs has devices, and zfs may refuse to set this
            properties.add("devices=0");
        }
        properties.add("mayfly:template=" + template);
        properties.add("mayfly:state=ready");
        properties.add("mayfly:lease=" + lock(clone));
        quota.ifPresent(bytes -> properties.add("refquota=" + bytes));
        try {
            core.makeClone(snapshot.id(), dataset(clone), properties);
        } catch (IOException e) {
            if (e instanceof UnfinishedException late && unfinished.size() < MOST_UNFINISHED) {
                unfinished.put(dataset(clone), late.goesOn());
            }
            throw refusal(snapshot, e);
        }
        listener.passed(Transition.READY);
        return clone;
    }

    private RefusedException refusal(Snapshot snapshot, IOException e) {
        String cannot = "cannot make a clone of template " + template + ": ";
        String reason = Failure.reason(e);
        return switch (reason) {
            case "out of space" ->
                new RefusedException(
                        cannot + reason,
                        "free space in " + parent()
                                + (quota.isPresent()
                                        ? ", or raise quota: what a clone has of its template counts"
                                        : ""));
            case "dataset does not exist" ->
                new RefusedException(
                        cannot + snapshot.id() + " does not exist",
                        "zfs list -t all -r " + dataset
                                + " shows what is there; zpool import -a if its pool is not imported");
            default -> new RefusedException(cannot + reason, Failure.remedy(e));
        };
    }

    @Override
    public List<Clone> list() throws IOException {
        List<Clone> clones = new ArrayList<>();
        String output = zfs.run(
                "list",
                "-H",
                "-p",
                "-d",
                "1",
                "-t",
                "filesystem",
                "-o",
                "name,origin,mayfly:template,mayfly:state,mayfly:lease",
                parent());
        for (String line : output.lines().toList()) {
            String[] columns = line.split("\t", -1);
            if (columns.length == 5 && columns[2].equals(template) && columns[1].startsWith(dataset + "@")) {
                clone(columns).ifPresent(clones::add);
            }
        }
        clones.sort(Comparator.comparingLong(Clone::nanos));
        return clones;
    }

    /** A clone whose lease is not in this service's directory is another service's. */
    private Optional<Clone> clone(String[] columns) {
        if (!columns[0].startsWith(dataset + "_")) {
            return Optional.empty();
        }
        CloneState state = columns[3].equals("ready") ? CloneState.READY : CloneState.USED;
        return Clone.of(template + columns[0].substring(dataset.length()))
                .map(clone -> new Clone(template, clone.nanos(), state, Optional.of(new Snapshot(columns[1]))))
                .filter(clone -> lock(clone).toString().equals(columns[4]));
    }

    @Override
    public Clone use(Clone ready) throws IOException {
        int errno = (int) number(core.change(dataset, USE, List.of(dataset(ready))));
        if (errno != 0) {
            throw new StoreException(reason(errno), "");
        }
        listener.passed(Transition.USED);
        return ready.in(CloneState.USED);
    }

    @Override
    public int openLock(Clone used) throws IOException {
        if (!Files.isDirectory(locks)) {
            Files.createDirectories(locks);
        }
        return Descriptors.open(lockFile(used), Kernel.O_RDONLY | Kernel.O_CREAT | Kernel.O_NOFOLLOW, PRIVATE_FILE);
    }

    @Override
    public Bytes lockFile(Clone used) {
        return NativePath.bytes(lock(used).toAbsolutePath());
    }

    @Override
    public Clone condemn(Clone clone) {
        Clone dirty = clone.state() == CloneState.DIRTY ? clone : clone.in(CloneState.DIRTY);
        listener.passed(Transition.DIRTY);
        return dirty;
    }

    @Override
    public boolean destroysTogether() {
        return true; // one transaction group for all
    }

    @Override
    public Map<Clone, String> destroy(List<Clone> dirty) {
        Map<Clone, String> left = new HashMap<>();
        Map<String, Boolean> late = Map.copyOf(unfinished);
        List<String> words = new ArrayList<>(List.of(template));
        dirty.forEach(clone -> words.add(dataset(clone)));
        words.addAll(late.keySet());
        Map<String, Integer> failures;
        try {
            failures = failures(core.change(dataset, DESTROY, words));
        } catch (IOException e) {
            dirty.forEach(clone -> left.put(clone, Failure.reason(e)));
            return left;
        }
        for (Clone clone : dirty) {
            int errno = failures.getOrDefault(dataset(clone), DESTROYED);
            if (errno == DESTROYED || errno == Kernel.ENOENT) {
                try {
                    Files.deleteIfExists(lock(clone));
                } catch (IOException e) {
                    left.put(clone, Failure.reason(e));
                    continue;
                }
                listener.passed(Transition.DESTROYED);
            } else {
                left.put(clone, reason(errno));
            }
        }
        late.forEach((dataset, mayAppear) -> {
            int errno = failures.getOrDefault(dataset, DESTROYED);
            if (errno == DESTROYED || (errno == Kernel.ENOENT && !mayAppear)) {
                unfinished.remove(dataset);
            }
        });
        return left;
    }

    /** Reads lines of a dataset, a tab and an errno. */
    static Map<String, Integer> failures(String lines) throws IOException {
        Map<String, Integer> failures = new HashMap<>();
        for (String line : lines.lines().toList()) {
            int tab = line.indexOf('\t');
            if (tab < 0) {
                throw new IOException("zfs says " + line);
            }
            failures.put(line.substring(0, tab), (int) number(line.substring(tab + 1)));
        }
        return failures;
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("zfs says " + text + " where a number is expected", e);
        }
    }

    private String reason(int errno) {
        return switch (errno) {
            case Kernel.EPERM -> "it is not a clone of template " + template;
            case Kernel.ENOENT -> "dataset does not exist";
            case Kernel.EBUSY -> "dataset is busy";
            case Kernel.ENOSPC -> "out of space";
            default -> "errno " + errno;
        };
    }

    /** The bytes that are free for them. */
    long free() throws IOException {
        return number(core.look(dataset, AVAILABLE, List.of(parent())));
    }

    /** What to mount as a clone's root. */
    Bytes device(Clone clone) {
        return Bytes.utf8(dataset(clone));
    }
}
