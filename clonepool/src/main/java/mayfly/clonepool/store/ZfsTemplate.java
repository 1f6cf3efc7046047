package mayfly.clonepool.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.RefusedException;

/** A template that is a ZFS dataset, with its ZFS snapshots, whoever took them. */
public final class ZfsTemplate implements TemplateStore {
    private final String name;
    private final String dataset;
    private final Zfs zfs;

    public ZfsTemplate(String name, String dataset) {
        this.name = name;
        this.dataset = dataset;
        this.zfs = new Zfs(dataset);
    }

    @Override
    public Optional<Snapshot> newest() throws RefusedException {
        List<Snapshot> all = snapshots();
        if (all.isEmpty()) {
            throw new RefusedException(
                    "cannot clone template " + name + ": " + dataset + " has no snapshot",
                    "mayfly template snapshot " + name);
        }
        return Optional.of(all.get(all.size() - 1));
    }

    @Override
    public List<Snapshot> snapshots() throws RefusedException {
        try {
            return zfs.run("list", "-H", "-p", "-d", "1", "-t", "snapshot", "-o", "name", "-s", "createtxg", dataset)
                    .lines()
                    .filter(line -> line.startsWith(dataset + "@"))
                    .map(Snapshot::new)
                    .toList();
        } catch (IOException e) {
            throw refusal("use", e);
        }
    }

    @Override
    public Bytes directory() throws RefusedException {
        String[] words;
        try {
            words = zfs.run("list", "-H", "-p", "-o", "mounted,mountpoint", dataset)
                    .strip()
                    .split("\t", 2);
        } catch (IOException e) {
            throw refusal("use", e);
        }
        if (words.length < 2 || !words[0].equals("yes") || !words[1].startsWith("/")) {
            throw new RefusedException(
                    "cannot use template " + name + ": the dataset " + dataset + " is not mounted",
                    "zfs mount " + dataset);
        }
        return Bytes.utf8(words[1]);
    }

    @Override
    public void create() throws RefusedException {
        run("create", "create", dataset);
    }

    @Override
    public Snapshot snapshot(String called) throws RefusedException {
        Snapshot snapshot = new Snapshot(dataset + "@" + called);
        run("snapshot", "snapshot", snapshot.id());
        return snapshot;
    }

    @Override
    public void rollback(Snapshot snapshot) throws RefusedException {
        run("roll back", "rollback", "-r", snapshot.id());
    }

    @Override
    public void destroy(Snapshot snapshot) throws RefusedException {
        run("destroy a snapshot of", "destroy", snapshot.id());
    }

    @Override
    public void destroy() throws RefusedException {
        try {
            long children = zfs.run("list", "-H", "-r", "-t", "filesystem,volume", "-o", "name", dataset)
                            .lines()
                            .count()
                    - 1;
            if (children > 0) {
                throw new RefusedException(
                        "cannot destroy template " + name + ": " + dataset + " has " + children + " datasets in it",
                        "zfs list -r " + dataset + " shows them; nothing was destroyed");
            }
            zfs.run("destroy", "-r", dataset);
        } catch (IOException e) {
            throw refusal("destroy", e);
        }
    }

    private void run(String verb, String... words) throws RefusedException {
        try {
            zfs.run(words);
        } catch (IOException e) {
            throw refusal(verb, e);
        }
    }

    private RefusedException refusal(String verb, IOException e) {
        String reason = Failure.reason(e);
        if (reason.equals("dataset does not exist")) {
            return new RefusedException(
                    "cannot " + verb + " template " + name + ": the dataset " + dataset + " does not exist",
                    "mayfly template create " + name + " makes it; zpool import -a if its pool is not imported");
        }
        return new RefusedException("cannot " + verb + " template " + name + ": " + reason, Failure.remedy(e));
    }
}
